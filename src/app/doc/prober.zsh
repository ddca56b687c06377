#compdef prober
# Completion of prober for zsh.

_prober_format() {
  local -a formats=(human json jsonl junit tap github sarif nagios prometheus markdown html csv)
  if compset -P '*='; then
    _files
  else
    _describe format formats
  fi
}

_prober_report=(
  '*--format[format of the report]:format:_prober_format'
  '(-o --output)'{-o,--output}'[write the report to this file]:file:_files'
  '*'{-v,--verbose}'[say more]'
  '(-q --quiet)'{-q,--quiet}'[say nothing of what is healthy]'
  '--color[when to use colour]:when:(auto always never)'
)
_prober_config=('*'{-c,--config}"[prober's file or Pomerium's]:file:_files -g '*.(yaml|yml)'" '--env[environment variables win over the file]')

_prober() {
  local curcontext=$curcontext state line
  local -A opt_args
  _arguments -C \
    $_prober_config \
    $_prober_report \
    '--once[probe every route once, report, and end]' \
    '*--route[only routes whose name matches]:glob:' \
    '--timeout[end the whole run after this time]:time:(10s 30s 60s 5m)' \
    '--retry-for[probe again what is not well]:time:(30s 60s 5m)' \
    '--lock[do not run beside another run]:file:_files' \
    '--baseline[report only what differs]:file:_files' \
    '--only-changes[be silent when nothing has changed]' \
    '--fail-on[exit 1 from this state on]:state:(warning degraded failing)' \
    '--strict[exit 2 when there are only warnings]' \
    '--log-level[how much to log]:level:(trace debug info warning error off)' \
    '--log-json[log one JSON object a line]' \
    '(-h --help)'{-h,--help}'[print a short help]' \
    '--version[print the version]' \
    '1:command:((check\:"validate the configuration" explain\:"say what an error means" demo\:"probe broken upstreams" help\:"say more of a topic"))' \
    '*::argument:->command' && return
  case $words[1] in
    check)
      _arguments $_prober_config '--no-files[missing CA and key files are only warnings]' \
        '--strict[exit 2 when there are only warnings]' '(-h --help)'{-h,--help}'[print a short help]'
      ;;
    explain)
      _arguments '(-h --help)'{-h,--help}'[print a short help]' '1:text:'
      ;;
    demo)
      _arguments $_prober_report '--serve[keep the upstreams up]' '--all[every fault that the tests know]' \
        '(-h --help)'{-h,--help}'[print a short help]'
      ;;
    help)
      _arguments '1:topic:(once daemon check explain demo formats exit-codes)'
      ;;
  esac
}

_prober "$@"
