# first line
    # indented at the top
// slashes
/* block */
/*
   block on
     several lines
*/
locals { # after the brace
    # inside
a=1 # one
long_name=22   # two
    # between
  b = 3 // three

c=4 /* inline */
d = /* before the value */ 5
e=[ # after a bracket
1, # one
    222,   # two
# alone
3
# at the end
]
f = {
# in an object
x=1   # ex
longer=2 # longer

y = { # nested
z=1 # zed
}
}
no_value = true # trailing spaces   
g=foo(1, # first
2) # second
h = "x" # string
multi=<<EOT
text
EOT
i=1 # after
} # after the closing brace
resource "a" /* between */ "b" { # labels
}
# last
