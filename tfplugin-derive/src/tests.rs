//! What the derives write, and what they say about a mistake.

use expect_test::{Expect, ExpectFile, expect, expect_file};
use proc_macro2::TokenStream;
use syn::{DeriveInput, Result};

use crate::{nested, one_of, schema};

type Derive = fn(DeriveInput) -> Result<TokenStream>;

fn refuses(derive: Derive, item: &str, expected: &str) {
    let input = syn::parse_str(item).unwrap();
    match derive(input) {
        Ok(_) => panic!("it is accepted, instead of: {expected}"),
        Err(error) => assert_eq!(error.to_string(), expected),
    }
}

/// A thing with one field besides its name.
fn refuses_field(field: &str, expected: &str) {
    refuses(schema::expand, &format!("/// A thing.\n#[tf(name = \"thing\")]\nstruct Thing {{ {field} }}"), expected);
}

/// A thing with other words on the struct.
fn refuses_words(words: &str, expected: &str) {
    refuses(
        schema::expand,
        &format!("/// A thing.\n#[tf({words})]\nstruct Thing {{\n/// Name.\nname: String }}"),
        expected,
    );
}

const DOCUMENT: &str = "add a doc comment that ends with a period; it becomes the documentation";

#[test]
fn documentation_is_required_and_ends_with_a_period() {
    refuses_field("name: String", DOCUMENT);
    refuses_field("/// Name\nname: String", DOCUMENT);
    refuses(schema::expand, "#[tf(name = \"thing\")] struct Thing { /** Name. */ name: String }", DOCUMENT);
}

#[test]
fn a_misspelt_word_is_answered_with_the_words_there_are() {
    refuses_field(
        "/// Name.\n#[tf(compute)] name: Option<String>",
        "expected `adopts`, `api`, `change`, `check`, `comma`, `computed`, `default`, `deprecated`, `env`, `fixed`, \
         `flatten`, `local`, `merge`, `on`, `read`, `replace`, `stops_reading`, `unread`, `url` or `volatile`",
    );
    refuses_words(
        "name = \"thing\", keys(name)",
        "expected `also`, `at_most`, `conflicts`, `created_with`, `fits`, `implies`, `import`, `key`, `moved_from`, `name`, \
         `one_of`, `requires`, `requires_any`, `requires_word`, `timeouts`, `version`, `when_true` or `when_word`",
    );
    refuses(one_of::expand, "enum Color { #[tf(name = \"r\")] Red }", "expected `api` or `word`");
    refuses_field("/// Name.\n#[tf(on = delete)] name: String", "expected `call`, `create` or `update`");
    refuses_field(
        "/// Tags.\n#[tf(merge(default_tags))] tags_all: Computed<BTreeMap<String, String>>",
        "expected an attribute of the backend's configuration and a field",
    );
    refuses_field(
        "/// Tags.\n#[tf(merge(default_tags, tags))] tags_all: Computed<BTreeMap<String, String>>",
        "there is no field `tags`",
    );
    refuses_field(
        "/// Tags.\n#[tf(merge(a, tags))] tags: Option<BTreeMap<String, String>>",
        "what is merged is not the user's to set: it is `Computed`",
    );
    let limits = "name = \"thing\", timeouts(destroy = \"5m\")";
    refuses_words(limits, "expected `create`, `read`, `update` or `delete`");
}

#[test]
fn a_name_is_that_of_a_field() {
    for word in ["key", "also", "conflicts", "created_with", "one_of"] {
        refuses_words(&format!("name = \"thing\", {word}(nme)"), "there is no field `nme`");
    }
    refuses_words("name = \"thing\", requires(name, nme)", "there is no field `nme`");
    refuses_words("name = \"thing\", requires_any(name, nme)", "there is no field `nme`");
    refuses_words("name = \"thing\", requires_any(name)", "expected a field, and those of which it needs one");
    refuses_words("name = \"thing\", requires_word(name, nme, \"a\")", "there is no field `nme`");
    refuses_words("name = \"thing\", requires_word(name, name, other)", "expected string literal");
    refuses_words("name = \"thing\", when_word(name, nme, \"a\")", "there is no field `nme`");
    refuses_words("name = \"thing\", fits(name, nme, judge)", "there is no field `nme`");
    refuses_field("/// Size.\n#[tf(volatile(nme))] size: Computed<u64>", "there is no field `nme`");
}

#[test]
fn the_type_and_the_words_agree() {
    let wrapped = "a default is never null: remove the wrapper from the type";
    refuses_field("/// Name.\n#[tf(default = \"x\")] name: Option<String>", wrapped);
    refuses_field("/// Name.\n#[tf(default = \"x\")] name: Secret<Option<String>>", wrapped);
    let carried = "answers do not hold a `local` or `unread` attribute: make it optional, computed or give a default";
    refuses_field("/// Name.\n#[tf(local)] name: String", carried);
    refuses_field("/// Name.\n#[tf(unread)] name: String", carried);
    let computed = "`computed` is what the backend does with an `Option`; what only it sets is `Computed`";
    refuses_field("/// Name.\n#[tf(computed)] name: String", computed);
    refuses_field("/// Name.\n#[tf(computed)] name: Computed<String>", computed);
}

#[test]
fn the_item_has_the_right_shape() {
    let named = "only a struct with named fields can be a schema";
    refuses(schema::expand, "/// A thing.\n#[tf(name = \"thing\")] struct Thing(String);", named);
    let words = "only a struct can be a schema; an enum of words derives `OneOf`";
    refuses(schema::expand, "/// A thing.\n#[tf(name = \"thing\")] enum Thing { One }", words);
    refuses(one_of::expand, "struct Thing { name: String }", "only an enum has words");
    refuses(one_of::expand, "enum Color { Rgb(u8) }", "a word has no fields");
    let name = "add `#[tf(name = \"…\")]`, the type's name without the provider's prefix";
    refuses(schema::expand, "/// A thing.\nstruct Thing { /** Name. */ name: String }", name);
    let lock = |words: &str| format!("#[tf({words})] struct Lock {{ /** A. */ a: Option<String> }}");
    let words = "expected `at_most`, `conflicts`, `fits`, `implies`, `one_of`, `requires`, `requires_any`, `requires_word`, \
                 `when_true` or `when_word`";
    refuses(nested::expand, &lock("key(a)"), words);
    refuses(nested::expand, &lock("one_of(a, b)"), "there is no field `b`");
    refuses_words("name = \"thing\", implies(name)", "expected two fields");
}

fn expands(derive: Derive, item: &str, expected: ExpectFile) {
    let tokens = derive(syn::parse_str(item).unwrap()).unwrap();
    expected.assert_eq(&prettyplease::unparse(&syn::parse2(tokens).unwrap()));
}

/// The expansion of one field, as it stands in the table.
fn row(field: &str, expected: Expect) {
    let item = format!("struct Thing {{ /** Text. */ {field} }}");
    let tokens = nested::expand(syn::parse_str(&item).unwrap()).unwrap();
    let text = prettyplease::unparse(&syn::parse2(tokens).unwrap());
    let (start, end) = (text.find("&[").unwrap(), text.find("];").unwrap());
    expected.assert_eq(&format!("{}\n", text[start + 2..end].trim()));
}

#[test]
fn a_schema() {
    let item = r#"
        /// Manages a label.
        #[tf(name = "label", key(project, id), also(project, name), import = "{project}:{id}", version = 2)]
        #[tf(moved_from("old_label"), conflicts(name, id), timeouts(create = "5m"))]
        struct Label {
            /// Project.
            #[tf(url)]
            project: String,
            /// Name.
            name: String,
            /// Number.
            id: Computed<u64>,
        }
    "#;
    expands(schema::expand, item, expect_file!["snapshots/schema.txt"]);
}

#[test]
fn a_field_may_be_named_like_a_keyword() {
    let item = r#"
        /// A rule.
        #[tf(name = "rule", key(type, r#ref), also(ref), conflicts(type, r#match), requires(ref, type))]
        struct Rule {
            /// Kind.
            r#type: String,
            /// Branch.
            r#ref: String,
            /// Pattern.
            r#match: Option<String>,
            /// Size.
            #[tf(volatile(type))]
            size: Computed<u64>,
        }
    "#;
    let tokens = schema::expand(syn::parse_str(item).unwrap()).unwrap();
    let text = prettyplease::unparse(&syn::parse2(tokens).unwrap());
    let words: String = text.split_whitespace().collect();
    for part in [
        r#"key:&["type","ref"],also:&["ref"],"#,
        r#"Conflicts(&["type","match"])"#,
        r#"Requires("ref","type")"#,
        r#"With(&["type"])"#,
        r#"replace:true,..::tfplugin::schema::Field::of::<String>("type","Kind.")"#,
        r#"typeKey=(String,String);typeNatural=String;"#,
        r#"Self{r#type:::tfplugin::schema::take(&mutobject,"type")?"#,
    ] {
        assert!(words.contains(part), "{part} is not in {text}");
    }
    refuses_words("name = \"thing\", key(type)", "there is no field `type`");
}

#[test]
fn a_struct_inside_an_attribute() {
    expands(
        nested::expand,
        "#[tf(requires(pin, pin_version))] struct Lock { /** Number. */ pin: Option<WriteOnly<String>>, \
         /** Count. */ pin_version: Option<u64> }",
        expect_file!["snapshots/nested.txt"],
    );
}

#[test]
fn a_struct_whose_fields_stand_among_the_others() {
    let item = r#"
        /// A role.
        #[tf(name = "role", key(name), requires(name, note))]
        struct Role {
            /// Name.
            name: String,
            #[tf(flatten)]
            token: Token,
            /// Note.
            note: Option<String>,
        }
    "#;
    expands(schema::expand, item, expect_file!["snapshots/flatten.txt"]);
    let text = "`flatten` stands alone: the struct's own fields have their words";
    refuses_field("#[tf(flatten, api = \"t\")] token: Token", text);
    let flat =
        |words: &str| format!("/** A. */ #[tf(name = \"a\", {words})] struct A {{ #[tf(flatten)] token: Token }}");
    refuses(schema::expand, &flat("key(token)"), "there is no field `token`");
}

#[test]
fn an_enum_of_words() {
    let item =
        "enum Role { /** Reads. */ #[tf(api = 20)] Reporter, #[tf(word = \"no_one\", api = \"none\")] NoOne, AirDrop }";
    expands(one_of::expand, item, expect_file!["snapshots/one_of.txt"]);
}

#[test]
fn the_words_of_a_field() {
    row(
        "#[tf(computed, replace)] size: Option<u64>",
        expect![[r#"
        ::tfplugin::schema::Field {
                    computed: true,
                    replace: true,
                    ..::tfplugin::schema::Field::of::<Option<u64>>("size", "Text.")
                },
    "#]],
    );
    row(
        "#[tf(default = \"x\", check = length(1..=3))] name: String",
        expect![[r#"
        ::tfplugin::schema::Field {
                    check: ::core::option::Option::Some(|value| ::tfplugin::schema::check::check_as::<
                        String,
                        _,
                    >(value, length(1..=3))),
                    default: ::core::option::Option::Some(|| <String as ::tfplugin::schema::Attribute>::into_value(
                        ::core::convert::From::from("x"),
                    )),
                    presence: ::tfplugin::schema::Presence::Optional,
                    ..::tfplugin::schema::Field::of::<String>("name", "Text.")
                },
    "#]],
    );
    row(
        "#[tf(api = \"a\", read = \"b.c\", comma, on = create)] name: Option<Vec<String>>",
        expect![[r#"
        ::tfplugin::schema::Field {
                    api: "a",
                    comma: true,
                    read: "b.c",
                    sent: ::tfplugin::schema::Sent::OnCreate,
                    ..::tfplugin::schema::Field::of::<Option<Vec<String>>>("name", "Text.")
                },
    "#]],
    );
}

#[test]
fn more_words_of_a_field() {
    row(
        "#[tf(read = \"b\", api = \"a\", on = update, unread)] r#type: Option<String>",
        expect![[r#"
        ::tfplugin::schema::Field {
                    api: "a",
                    read: "b",
                    sent: ::tfplugin::schema::Sent::OnUpdate,
                    unread: true,
                    ..::tfplugin::schema::Field::of::<Option<String>>("type", "Text.")
                },
    "#]],
    );
    row(
        "#[tf(local, default = false, adopts)] adopt: bool",
        expect![[r#"
        ::tfplugin::schema::Field {
                    adopts: true,
                    default: ::core::option::Option::Some(|| <bool as ::tfplugin::schema::Attribute>::into_value(
                        false,
                    )),
                    local: true,
                    presence: ::tfplugin::schema::Presence::Optional,
                    ..::tfplugin::schema::Field::of::<bool>("adopt", "Text.")
                },
    "#]],
    );
    row(
        "#[tf(env(\"A\", \"B\"), deprecated = \"Use `b`.\", on = call, url)] a: Secret<String>",
        expect![[r#"
        ::tfplugin::schema::Field {
                    deprecated: ::core::option::Option::Some("Use `b`."),
                    env: &["A", "B"],
                    sent: ::tfplugin::schema::Sent::ByCall,
                    url: true,
                    ..::tfplugin::schema::Field::of::<Secret<String>>("a", "Text.")
                },
    "#]],
    );
    row(
        "#[tf(volatile)] size: Computed<u64>",
        expect![[r#"
        ::tfplugin::schema::Field {
                    volatile: ::tfplugin::schema::Volatile::Always,
                    ..::tfplugin::schema::Field::of::<Computed<u64>>("size", "Text.")
                },
    "#]],
    );
}
