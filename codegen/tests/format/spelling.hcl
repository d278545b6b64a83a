variable "a" {
type="string"
}
variable b {
  type = "list"
}
variable "c" { type = "map" }
variable "d" {
type=list
}
variable "e" {
type = map
default="${var.x}"
}
variable "f" {
  type = set
}
variable "g" {
type="number"
nested { type = list }
}
resource aws_instance web {
  ami="${data.aws_ami.this.id}"
count = "${ length( var.zones ) }"
  name="${var.a}-${var.b}"
  text="x${var.a}"
  quoted="${"literal"}"
inner = "${join(",", ["${var.a}"])}"
list=["${var.a}"]
tags={
Name="${var.a}"
}
  multi="${
    var.a
  }"
lines = "${var.a ? 1 :
2}"
parens="${(
var.a
)}"
nested {
value="${var.x}" # comment
}
block { value = "${var.x}" }
}
output label with several { value = "${1}" }
