"""What an author says about a message: protective markings, in their published written forms.

One module a family of schemes; each reads one *phrase* (a line, a cell, what stands in brackets) and
gives the `grammar.Mark`s that it is, as a whole: words inside a sentence are not markings. `phrases`
cuts subjects and texts into phrases, `labels` reads header fields and document properties, `reader`
puts them together.
"""
