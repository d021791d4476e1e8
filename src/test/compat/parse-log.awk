# Reads the skip list, then the log of one unit; prints tab-separated lines:
#   row      the unit's line of the table
#   count    passed  failed  ignored  listed
#   problem  unit  what is wrong          (each makes the run fail)
#   free     unit  a listed test that passed (with try_listed)
# Variables: reading (list or log, set between the two files), unit, note (what went wrong with the run as a whole), secs, try_listed, partial (set when
# flags chose a part of the tests, so that lines of the list may match none of them).
BEGIN { FS = "\t" }

reading == "list" {
  if ($0 !~ /^#/ && $1 == unit) { reason[$2] = $3; order[++names] = $2 }
  next
}

/^ +The End$/ { ended = 1 }
ended { next }

# What follows a failed test, up to the next line of the suite, tells why.
/^\[(ok|err|skip|ignore|exception|TIMEOUT|ready|testing)\]/ { in_failure = 0 }
# (An error that is no assertion comes twice, the first time without its first ten characters.)
in_failure && /^ +while executing$/ { in_failure = 0 }
in_failure && NF && lines < 2 {
  text = substr($0, 1, 300); lines++
  if (lines == 2 && substr($0, 11, 290) == first) detail[in_failure] = ""
  first = text
  detail[in_failure] = detail[in_failure] "\n      " text
}

/^\[ok\]: / {
  name = substr($0, 7); sub(/ \([0-9]+ ms\)$/, "", name)
  passed++; ran[name] = 1; ok[name]++
}
/^\[err\]: / {
  name = substr($0, 8)
  # An error outside any test ends the block around it: the tests that follow did not run.
  if (sub(/ in tests\/[^ ]*\.tcl$/, "", name)) { ran[name] = 1; bad[name]++ }
  else name = "aborted: " name
  if (try_listed && name in reason) listed++
  else { failed++; problem[++problems] = name; in_failure = problems; lines = 0 }
}
/^\[skip\]: / {
  name = substr($0, 9); ran[name] = 1
  if (name in reason) listed++
}
/^\[ignore\]: / { ignored++ }
/^\[exception\]: / { problem[++problems] = "aborted: " substr($0, 14); in_failure = problems; lines = 0; failed++ }

END {
  if (!ended && note == "") note = "not finished"
  if (note != "") problem[++problems] = note
  for (i = 1; i <= names; i++) {
    name = order[i]
    if (!(name in ran) && note == "" && partial == "") problem[++problems] = "stale line of the skip list: " name
    if (ok[name] && !bad[name]) print "free\t" unit "\t" name
  }
  printf "row\t%-24s %6d %6d %7d %6d %5d  %s\n", unit, passed, failed, ignored, listed, secs, note
  printf "count\t%d\t%d\t%d\t%d\n", passed, failed, ignored, listed
  for (i = 1; i <= problems; i++) {
    n = split(problem[i] detail[i], part, "\n")
    for (j = 1; j <= n; j++) { gsub(/\t/, " ", part[j]); print "problem\t" (j == 1 ? unit : "") "\t" part[j] }
  }
}
