# Completion of prober for fish.

set -l commands check explain demo help
set -l main "not __fish_seen_subcommand_from $commands"
set -l report "not __fish_seen_subcommand_from check explain help"
set -l formats human json jsonl junit tap github sarif nagios prometheus markdown html csv

complete -c prober -f
complete -c prober -n $main -a check -d 'Validate the configuration'
complete -c prober -n $main -a explain -d 'Say what an error means'
complete -c prober -n $main -a demo -d 'Probe upstreams that fail in every documented way'
complete -c prober -n $main -a help -d 'Say more of a topic'
complete -c prober -n '__fish_seen_subcommand_from help' -a 'once daemon check explain demo formats exit-codes'

complete -c prober -n "not __fish_seen_subcommand_from explain demo help" -s c -l config -r -F -d 'Configuration'
complete -c prober -n "not __fish_seen_subcommand_from explain demo help" -l env -d 'Environment variables win over the file'
complete -c prober -n $main -l once -d 'Probe every route once and end'
complete -c prober -n $main -l route -x -d 'Only routes whose name matches'
complete -c prober -n $main -l timeout -x -a '10s 30s 60s 5m' -d 'End the whole run after this time'
complete -c prober -n $main -l retry-for -x -a '30s 60s 5m' -d 'Probe again what is not well'
complete -c prober -n $main -l lock -r -F -d 'Do not run beside another run'
complete -c prober -n $main -l baseline -r -F -d 'Report only what differs'
complete -c prober -n $main -l only-changes -d 'Be silent when nothing has changed'
complete -c prober -n $main -l fail-on -x -a 'warning degraded failing' -d 'Exit 1 from this state on'
complete -c prober -n "not __fish_seen_subcommand_from explain demo help" -l strict -d 'Exit 2 for warnings'
complete -c prober -n $main -l log-level -x -a 'trace debug info warning error off' -d 'How much to log'
complete -c prober -n $main -l log-json -d 'Log one JSON object a line'
complete -c prober -n $main -l version -d 'Print the version'

complete -c prober -n $report -l format -x -a "$formats" -d 'Format of the report'
complete -c prober -n $report -s o -l output -r -F -d 'Write the report to this file'
complete -c prober -n $report -s v -l verbose -d 'Say more'
complete -c prober -n $report -s q -l quiet -d 'Say nothing of what is healthy'
complete -c prober -n $report -l color -x -a 'auto always never' -d 'When to use colour'

complete -c prober -n '__fish_seen_subcommand_from check' -l no-files -d 'Missing CA and key files are only warnings'
complete -c prober -n '__fish_seen_subcommand_from demo' -l serve -d 'Keep the upstreams up'
complete -c prober -n '__fish_seen_subcommand_from demo' -l all -d 'Every fault that the tests know'
complete -c prober -n 'not __fish_seen_subcommand_from help' -s h -l help -d 'Print a short help'
