"""The batch audit: find copied code, work out what its licence requires, check whether it was done.

How the data flows:

    inputs        a tree, a list, a diff, a table of generations, stdin   -> Item | LeftOut
    checking      Item -> Checked: passages with their sources (on all cores, with a cache)
    policy        Passage -> Ruling: allowed, attribute, review or denied, with a severity
    decisions     baseline, inline comments, attributions -> the decision on a Finding
    run           all of these in order -> FileReports on disk, and a Summary
    reports       any number of formats from one run

The types are in types.py. Only `commands` prints or exits.
"""
