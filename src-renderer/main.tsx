/** The start of the screen: hears failures from the first moment on, connects, fills the stores, renders. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { bridge } from './bridge/bridge.ts';
import { FailureReports, hearFailures } from './bridge/report-failures.ts';
import { FailureBoundary } from './frame/failed.tsx';
import { startStores } from './start-stores.ts';
import { followHistory } from './stores/navigation.ts';
import './styles/tokens.css';
import './styles/base.css';

const failures = new FailureReports({
  write: (text) => bridge.call('log.write', { level: 'error', text }),
  now: () => performance.now(),
});
hearFailures(globalThis, failures);
const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element #root');
followHistory();
startStores(() => void failures.send());
createRoot(root, {
  onCaughtError: (error, { componentStack }) => {
    failures.report('The screen could not be drawn', error, componentStack);
  },
}).render(
  <StrictMode>
    <FailureBoundary>
      <App />
    </FailureBoundary>
  </StrictMode>,
);
