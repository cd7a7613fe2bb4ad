@rem The command line of the packaged app, on the Node that came with it.
@"%~dp0node.exe" "%~dp0app.asar.unpacked\dist\cli\main.js" %*
