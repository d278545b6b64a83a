//! Collecting into maps and sets.

/// Collects by inserting one after the other.
///
/// `collect` sorts what goes into a map or a set of the standard library first, with a sort that is compiled anew for each
/// iterator: half a megabyte for the maps of values, which are small and in order already.
pub trait Gather: Iterator + Sized {
    /// A map or a set of all items.
    fn gather<C: Default + Extend<Self::Item>>(self) -> C {
        let mut gathered = C::default();
        gathered.extend(self);
        gathered
    }

    /// The same of items that are there, or the first error.
    fn try_gather<T, E, C: Default + Extend<T>>(self) -> Result<C, E>
    where
        Self: Iterator<Item = Result<T, E>>,
    {
        let mut failure = None;
        let gathered = self.map_while(|item| item.map_err(|error| failure = Some(error)).ok()).gather();
        failure.map_or(Ok(gathered), Err)
    }
}

impl<I: Iterator> Gather for I {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn the_first_error_ends_it() {
        let numbers = |texts: &[&'static str]| {
            let parsed = texts.iter().copied().map(|text| text.parse::<u8>().map(|number| (number, text)));
            parsed.try_gather::<_, _, BTreeMap<_, _>>().map_err(|error| error.to_string())
        };
        assert_eq!(numbers(&["2", "1"]), Ok(BTreeMap::from([(1, "1"), (2, "2")])));
        assert_eq!(numbers(&["2", "x", ""]), Err("invalid digit found in string".to_owned()));
    }
}
