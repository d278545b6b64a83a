locals {
sum=1+2*3-4/5%6
negative=-1
 negatives = [-1,- 2, 3 - -4,(-5)]
minus_after_call = length(var.a)-1
minus_after_index=var.a[0]-1
 minus_after_string = "a" == "b" ? -1 : - 2
comparison=a>=1&&b<=2||!c&&d!=3
not=! var.enabled
nested_not = !(!true)
conditional=var.nat=="none"?0:length(var.zones)
 splat=aws_subnet.this[*].id
attribute_splat = aws_subnet.this.*.id
legacy_index=aws_subnet.this.0.id
index = var.map [ "key" ] [0]
call=merge( {a=1},{ b = 2 } ,var.tags... )
namespaced = provider :: aws :: arn_parse( var.arn )
empty_list=[ ]
empty_object={ }
tuple = [1,2 ,3]
float=1.5e10
big = 1E+3
object={a=1,b="x",c={d=[1,2]}}
quoted_keys = {"a b"=1,"c":2,(var.key)=3}
colons={a:1,b : 2}
for_list=[for x in var.list:upper(x)if x!=""]
for_list_of_tuple=[for x in [1,2,3]:x]
for_object={for k,v in var.map:k=>v...}
for_parens = { for in in(var.x) : in => in }
range=[for i in range(-1,3):i]
multi_line_list=[
1,
    2,
        3
]
multi_line_object={
short=1
  a_longer_name = 2
nested={
x=1
yy = 2
    }
    "quoted" = 3
  colon: 4
    (computed)=5
}
multi_line_call = merge(
var.tags,
{
Name=var.name
},
)
multi_line_parens=(
var.a&&
var.b||
  var.c
)
chain = var.a == null ? {} : { for zone,subnet in {
for name,tier in var.tiers:name=>tier
}:zone=>subnet
  if subnet.route=="internet"
}
closing_together=jsonencode({
Statement=[{
Effect="Allow"
Action=["s3:*"]
}]
})
uneven = foo(bar([
1,
]), {
a = 1
})
object_in_list=[{
a=1
},{
b=2
}]
subnets = merge([for name,tier in var.tiers:{
for zone,cidr in tier.zones:"${name}/${zone}"=>{
cidr=cidr,tags=tier.tags,tier=name,zone=zone
}
}]...)
can=can( cidrhost( var.cidr,0 ) )
tri=var.a?{
x=1
}:{
y=2
}
ümlaut=1
größe_der_datei = 2
}
variable "tiers" {
type=map( object({
route=string
zones = optional( map(string),{} )
  tags=optional(map(string))
}))
default={}
nullable=false
validation {
condition=alltrue([for t in var.tiers:contains(["internet","nat"],t.route)])
error_message="route must be internet or nat."
}
}
