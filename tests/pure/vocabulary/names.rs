//! What code gives a name to.

use syn::visit::{self, Visit};

/// What has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A type, a trait, or a variant.
    Type,
    /// A function, a method, or a module.
    Function,
}

/// A name that is given somewhere.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) kind: Kind,
    pub(super) text: String,
}

/// The names that some code gives to its types, functions and modules.
pub(super) fn names_in(code: &str) -> Vec<Name> {
    let mut names = Names::default();
    names.visit_file(&syn::parse_file(code).unwrap());
    names.0
}

#[derive(Default)]
struct Names(Vec<Name>);

impl Names {
    fn add(&mut self, kind: Kind, name: &syn::Ident) {
        let text = name.to_string();
        self.0.push(Name { kind, text });
    }
}

impl<'code> Visit<'code> for Names {
    fn visit_item_struct(&mut self, item: &'code syn::ItemStruct) {
        self.add(Kind::Type, &item.ident);
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'code syn::ItemEnum) {
        self.add(Kind::Type, &item.ident);
        visit::visit_item_enum(self, item);
    }

    fn visit_item_trait(&mut self, item: &'code syn::ItemTrait) {
        self.add(Kind::Type, &item.ident);
        visit::visit_item_trait(self, item);
    }

    fn visit_item_type(&mut self, item: &'code syn::ItemType) {
        self.add(Kind::Type, &item.ident);
        visit::visit_item_type(self, item);
    }

    fn visit_variant(&mut self, variant: &'code syn::Variant) {
        self.add(Kind::Type, &variant.ident);
        visit::visit_variant(self, variant);
    }

    fn visit_signature(&mut self, signature: &'code syn::Signature) {
        self.add(Kind::Function, &signature.ident);
        visit::visit_signature(self, signature);
    }

    fn visit_item_mod(&mut self, module: &'code syn::ItemMod) {
        self.add(Kind::Function, &module.ident);
        visit::visit_item_mod(self, module);
    }
}

#[test]
fn names_are_found_where_they_are_given() {
    let code = "
        mod turning { trait Doing { fn tell(&self) { let told = 1; told; } } }
        enum Action { Told(Heard), Other { wish: u8 } }
        impl Action { const fn hear(self) -> Gathered { spoken() } }
        type Deed = u8; struct Spot;
    ";
    let names = names_in(code);
    let of = |kind| {
        let names = names.iter().filter(move |name| name.kind == kind);
        names.map(|name| name.text.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(
        of(Kind::Type),
        ["Doing", "Action", "Told", "Other", "Deed", "Spot"]
    );
    assert_eq!(of(Kind::Function), ["turning", "tell", "hear"]);
}
