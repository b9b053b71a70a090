"""The batch audit: which code here is copied, what does its licence ask for, and was that done?

Path of the data:

    inputs        a tree, a list, a diff, a table of generations, stdin   -> Item | LeftOut
    checking      Item -> Checked: passages with their sources (on all cores, through a cache)
    policy        Passage -> Ruling: allowed, attribute, review or denied, and how severe
    decisions     baseline, inline comments, citations -> what people decided of a Finding
    run           all of these in order -> FileReports on disk, and a Summary
    reports       any number of formats from one run

types.py has the nouns. Nothing but `commands` prints or exits.
"""
