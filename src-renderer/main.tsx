/** The start of the screen: connects, fills the stores, renders. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { startStores } from './start-stores.ts';
import { followHistory } from './stores/navigation.ts';
import './styles/tokens.css';
import './styles/base.css';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element #root');
followHistory();
startStores();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
