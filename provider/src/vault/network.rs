//! Networks as Vault takes them: an address, or a block of addresses.

use std::cmp::Ordering;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use tfplugin::schema::Semantic;

/// A network as the user spells it. Vault answers `10.0.0.1/32` as `10.0.0.1`, and IPv6 in lower case and short.
#[derive(Clone, Debug)]
pub struct Network {
    spelling: String,
    address: IpAddr,
    prefix: u8,
}

impl Network {
    fn meaning(&self) -> (IpAddr, u8) {
        (self.address, self.prefix)
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(spelling: &str) -> Result<Self, String> {
        let refused = || format!("`{spelling}` is not a network such as `10.1.0.0/16` or `2001:db8::1`");
        let (address, prefix) = spelling.split_once('/').map_or((spelling, None), |(left, right)| (left, Some(right)));
        let address: IpAddr = address.parse().map_err(|_| refused())?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(longest), |prefix| prefix.parse().map_err(|_| refused()))?;
        match prefix <= longest {
            true => Ok(Network { spelling: spelling.to_owned(), address, prefix }),
            false => Err(refused()),
        }
    }
}

impl PartialEq for Network {
    fn eq(&self, other: &Self) -> bool {
        self.meaning() == other.meaning()
    }
}

impl Eq for Network {}

impl PartialOrd for Network {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Network {
    fn cmp(&self, other: &Self) -> Ordering {
        self.meaning().cmp(&other.meaning())
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spelling)
    }
}

impl Semantic for Network {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_network_of_its_own() {
        let network = |spelling: &str| spelling.parse::<Network>().unwrap();
        for (one, other) in [("10.0.0.1", "10.0.0.1/32"), ("2001:DB8:0::1/128", "2001:db8::1")] {
            assert_eq!(network(one), network(other));
        }
        assert_ne!(network("10.0.0.0/8"), network("10.0.0.0/16"));
        assert_ne!(network("10.0.0.5/8"), network("10.0.0.0/8"), "Vault keeps the bits of the host");
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for wrong in ["", "10.0.0.1:80", "10.0.0.0/33", "10.0.0.0/", "/run/vault.sock", "example.com", "::/129"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }
}
