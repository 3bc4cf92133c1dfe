import { join } from 'node:path'
import type { Command } from 'commander'
import { initialise, type WorkingSet } from '#daemon/init/initialise.js'
import { Fault } from '#units/fault.js'
import { CliError, EXIT } from './failure.js'
import { type Output, outputOf } from './output.js'

/** `ballast init DIR`: a working set of configuration, NATS users, units and monitoring. */
export function registerInit(program: Command): void {
  program
    .command('init')
    .description('write a working set: configuration, NATS users and permissions, systemd units, monitoring')
    .argument('<dir>', 'where it goes, such as /etc/ballast')
    .option('--user <name>', 'system user that runs the units', 'ballast')
    .option('--force', 'write into a directory that is not empty; seeds there are kept')
    .action((dir: string, { user, force }: { user: string; force?: true }, command: Command) => {
      const output = outputOf(command)
      const set = written(dir, user, force === true)
      for (const warning of set.warnings) output.say(`${output.paint('warn', 'warning')} ${warning}`)
      output.print({ ...set, next: nextSteps(set) }, () => setText(output, set))
    })
}

function written(dir: string, user: string, force: boolean): WorkingSet {
  try {
    return initialise({ dir, user, force })
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    throw new CliError(EXIT.usage, error.code, error.message, error.data)
  }
}

function setText(output: Output, set: WorkingSet): string {
  const seeds = Object.entries(set.seeds).map(
    ([role, { created, publicKey }]) =>
      `  ${output.paint('dim', created ? 'made' : 'kept')} ${join('credentials', `${role}.nk`)}  ${publicKey}`,
  )
  return [
    output.paint('strong', `${set.files.length} files and ${seeds.length} seeds in ${set.dir}`),
    ...set.files.map((file) => `  ${file}`),
    ...seeds,
    '',
    output.paint('strong', 'Next'),
    ...nextSteps(set).map((step, index) => `  ${index + 1}. ${step}`),
  ].join('\n')
}

function nextSteps({ dir, user }: WorkingSet): readonly string[] {
  const at = (path: string): string => join(dir, path)
  return [
    `edit ${at('portfolios/example.yaml')}, then: ballast config validate -c ${at('ballast.yaml')}`,
    `start NATS with these users: install -d -o nats -g nats -m 0700 /var/lib/nats && cp ${at('nats/nats-server.conf')} /etc/ && systemctl restart nats-server`,
    `make the system user, once: useradd --system --home-dir /var/lib/ballast --shell /usr/sbin/nologin ${user}`,
    `install the units: cp -r ${at('systemd')}/ballast* /etc/systemd/system/ && systemctl daemon-reload`,
    `let two people command: ballast operator keygen NAME FILE for each, their public keys in ${at('ballast.yaml')}, their files in their contexts.yaml`,
    'start them: systemctl enable --now ballast-gateway ballast',
    `reach the daemon: cp ${at('contexts.yaml')} ~/.config/ballast/`,
    `scrape it: prometheus --config.file=${at('prometheus/ballast.yml')}`,
    `show it: BALLAST_GRAFANA=${at('grafana')} in Grafana's environment, and its provisioning from there`,
  ]
}
