/** The CPU time that work takes in this process, in milliseconds: unlike the time on a clock it says little of what else the machine does. For limits that only a wrong order of growth goes over. */
export async function cpuTime(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
