// Preloaded into every server under test: tells the processor time of the process, all of its threads included.
process.on('message', (message) => {
  if (message !== 'cpu') return;
  const { user, system } = process.cpuUsage();
  process.send?.({ cpu: user + system });
});
// The channel alone is no reason to live on; and nobody needs a server whose bench is gone.
process.channel?.unref();
process.on('disconnect', () => process.exit(0));
