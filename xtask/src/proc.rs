//! What Linux says about a process: its peak of resident memory and its processor time.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

/// What a process has used so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Peak of resident memory in bytes.
    pub peak: u64,
    /// Time on a processor, of all threads.
    pub processor: Duration,
}

/// Reads what a process has used; `None` where it has ended.
pub fn usage(process: u32) -> Option<Usage> {
    let folder = Path::new("/proc").join(process.to_string());
    let status = fs::read_to_string(folder.join("status")).ok()?;
    let peak = peak(&status)?;
    let threads = fs::read_dir(folder.join("task")).ok()?;
    // `stat` counts in ticks of 10 ms, `schedstat` in nanoseconds.
    let nanoseconds = threads
        .filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("schedstat")).ok())
        .filter_map(|text| text.split(' ').next()?.parse::<u64>().ok())
        .sum();
    Some(Usage { peak, processor: Duration::from_nanos(nanoseconds) })
}

/// How many processes wanted a processor in the last minute, on average.
pub fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

/// Watches the processes of a binary for as long as `runs` says, and returns what the busiest of them used.
pub fn watch(binary: &Path, mut runs: impl FnMut() -> bool) -> Option<Usage> {
    let binary = fs::canonicalize(binary).ok()?;
    let mut seen: BTreeMap<u32, Usage> = BTreeMap::new();
    while runs() {
        for process in processes_of(&binary) {
            if let Some(usage) = usage(process) {
                seen.insert(process, usage);
            }
        }
        thread::sleep(Duration::from_millis(1));
    }
    seen.into_values().max_by_key(|usage| usage.processor)
}

fn processes_of(binary: &Path) -> Vec<u32> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|process| fs::read_link(format!("/proc/{process}/exe")).is_ok_and(|executable| executable == binary))
        .collect()
}

fn peak(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_in_bytes() {
        assert_eq!(peak("Name:\tx\nVmHWM:\t    5120 kB\nVmRSS:\t 1 kB\n"), Some(5 << 20));
        assert_eq!(peak("Name:\tkthreadd\n"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_uses_memory() {
        let usage = usage(std::process::id()).unwrap();
        assert!(usage.peak > 1 << 16, "{usage:?}");
    }
}
