//! `show info`, as the API tells it.

use serde_json::{Map, Value};

/// Fields of the API and what HAProxy calls them.
const FIELDS: &[(&str, &str)] = &[
    ("active_peers", "ActivePeers"),
    ("busy_polling", "BusyPolling"),
    ("bytes_out_rate", "BytesOutRate"),
    ("compress_bps_in", "CompressBpsIn"),
    ("compress_bps_out", "CompressBpsOut"),
    ("compress_bps_rate_lim", "CompressBpsRateLim"),
    ("conn_rate", "ConnRate"),
    ("conn_rate_limit", "ConnRateLimit"),
    ("connected_peers", "ConnectedPeers"),
    ("cum_conns", "CumConns"),
    ("cum_req", "CumReq"),
    ("cum_ssl_conns", "CumSslConns"),
    ("curr_conns", "CurrConns"),
    ("curr_ssl_conns", "CurrSslConns"),
    ("dropped_logs", "DroppedLogs"),
    ("failed_resolutions", "FailedResolutions"),
    ("hard_max_conn", "Hard_maxconn"),
    ("idle_pct", "Idle_pct"),
    ("jobs", "Jobs"),
    ("listeners", "Listeners"),
    ("max_conn", "Maxconn"),
    ("max_conn_rate", "MaxConnRate"),
    ("max_pipes", "Maxpipes"),
    ("max_sess_rate", "MaxSessRate"),
    ("max_sock", "Maxsock"),
    ("max_ssl_conns", "MaxSslConns"),
    ("max_ssl_rate", "MaxSslRate"),
    ("mem_max_mb", "Memmax_MB"),
    ("nbthread", "Nbthread"),
    ("node", "node"),
    ("pid", "Pid"),
    ("pipes_free", "PipesFree"),
    ("pipes_used", "PipesUsed"),
    ("pool_alloc_mb", "PoolAlloc_MB"),
    ("pool_failed", "PoolFailed"),
    ("pool_used_mb", "PoolUsed_MB"),
    ("process_num", "Process_num"),
    ("processes", "Nbproc"),
    ("release_date", "Release_date"),
    ("run_queue", "Run_queue"),
    ("sess_rate", "SessRate"),
    ("sess_rate_limit", "SessRateLimit"),
    ("ssl_backend_key_rate", "SslBackendKeyRate"),
    ("ssl_backend_max_key_rate", "SslBackendMaxKeyRate"),
    ("ssl_cache_lookups", "SslCacheLookups"),
    ("ssl_cache_misses", "SslCacheMisses"),
    ("ssl_frontend_key_rate", "SslFrontendKeyRate"),
    ("ssl_frontend_max_key_rate", "SslFrontendMaxKeyRate"),
    ("ssl_frontend_session_reuse", "SslFrontendSessionReuse_pct"),
    ("ssl_rate", "SslRate"),
    ("ssl_rate_limit", "SslRateLimit"),
    ("stopping", "Stopping"),
    ("tasks", "Tasks"),
    ("total_bytes_out", "TotalBytesOut"),
    ("ulimit_n", "Ulimit-n"),
    ("unstoppable", "Unstoppable Jobs"),
    ("uptime", "Uptime_sec"),
    ("version", "Version"),
];

/// The object that the API makes of what HAProxy says.
#[must_use]
pub fn read(said: &str) -> Map<String, Value> {
    let value = |name: &str| {
        let mut lines = said.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| *found == name).map(|(_, value)| value.trim())
    };
    let told = |(field, name): &(&str, &str)| {
        let text = value(name)?;
        let value = match *field {
            // HAProxy writes 2026/10/17.
            "release_date" => Value::from(text.replace('/', "-")),
            _ => text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from),
        };
        Some(((*field).to_owned(), value))
    };
    FIELDS.iter().filter_map(told).collect()
}
