# Completion of prober for bash.

_prober() {
  local cur=$2 prev=$3 command="" word
  COMPREPLY=()
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in
      check | explain | demo | help) command=$word && break ;;
    esac
  done
  # "=" is a word of its own for bash: --format json=FILE
  if [[ $cur == "=" ]]; then
    cur=""
    prev="="
  fi
  case $prev in
    --format) _prober_words "human json jsonl junit tap github sarif nagios prometheus markdown html csv" ;;
    --fail-on) _prober_words "warning degraded failing" ;;
    --color) _prober_words "auto always never" ;;
    --log-level) _prober_words "trace debug info warning error off" ;;
    --timeout | --retry-for) _prober_words "10s 30s 60s 5m" ;;
    --route) ;;
    -c | --config | -o | --output | --baseline | --lock | =) _prober_files ;;
    *) _prober_command ;;
  esac
}

_prober_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_prober_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}

_prober_command() {
  local report="--format -o --output -v --verbose -q --quiet --color"
  case $command in
    check) _prober_words "-c --config --env --no-files --strict -h --help" ;;
    explain) _prober_words "-h --help" ;;
    demo) _prober_words "--serve --all $report -h --help" ;;
    help) _prober_words "once daemon check explain demo formats exit-codes" ;;
    *)
      _prober_words "check explain demo help --once -c --config --env --route --timeout --retry-for --lock --baseline \
        --fail-on --strict --only-changes $report --log-level --log-json -h --help --version"
      ;;
  esac
}

complete -F _prober prober
