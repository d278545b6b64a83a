locals {
plain="a  b"
interpolated="a ${ var.x } b ${var.y  +1}"
escapes="quote \" backslash \\ dollar $${not} percent %%{not} newline \n"
directive="%{ if var.x }yes%{ else }no%{ endif }"
trimmed="a ${~ var.x ~} b %{~ for x in var.list ~} ${x} %{~ endfor ~}"
nested="${ join(",", [ for x in var.list : "<${ x }>" ]) }/${ { a = 1 }["a"] }"
adjacent="${ a }${ b }"
unicode="größe" # comment
wide="日本語"   # comment
flag="🇩🇪" # comment
combined="e\u0301" # comment
short=1 # comment
heredoc=<<EOT
  text   stays as   it is
	tabs too = yes
${ var.x }  ${upper( var.y )}
%{ for x in var.list }
  - ${x}
%{ endfor }
EOT
indented = <<-EOT
      first ${var.x} # no comment
    EOTX is no end
    # no comment either
    }
    EOT
after=1
call=templatefile(<<-EOT
  a { b
  EOT
,{})
list=[<<A
one
A
,<<B
two
B
]
windows=<<EOT
$${escaped} "quotes" \n
EOT
object={
text=<<EOT
x
EOT
other_name=1
}
multi="${
var.x
}"
multi_in_text="a${
var.x
}b"
}
resource "aws_iam_policy" "this" {
  policy=<<POLICY
{
  "Version": "2012-10-17",
  "Statement": [ { "Effect":"Allow" } ]
}
POLICY
name = "x"
}
