import { Option, type Command } from 'commander';

/**
 * Flags of docker's builder before BuildKit. As with BuildKit, they make no difference: scripts that have them go on working. They are not in the
 * help.
 */
export function addLegacyBuildFlags(command: Command): Command {
  for (const flag of ['--compress', '--force-rm', '--rm', '--disable-content-trust']) command.addOption(new Option(flag, "of docker's old builder: makes no difference").hideHelp());
  for (const flag of ['--cpu-period <microseconds>', '--cpu-quota <microseconds>', '-c, --cpu-shares <number>', '--cpuset-cpus <list>', '--cpuset-mems <list>', '--isolation <kind>', '-m, --memory <size>', '--memory-swap <size>', '--security-opt <option>'])
    command.addOption(new Option(flag, "of docker's old builder: makes no difference").hideHelp());
  return command;
}
