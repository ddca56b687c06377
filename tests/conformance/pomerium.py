"""The Envoy configuration that Pomerium generates for the routes of a configuration.

Follows Pomerium's config/envoyconfig (clusters.go, routes.go, protocols.go, tls.go, listeners_main.go). Left out is
what takes no part in an upstream's failure: authorization, tracing, the downstream's TLS, the error page. A key that is
not known here is an error, so that no fault is compared without one of its settings.
"""

import base64
import ipaddress
import itertools
import re
from pathlib import Path
from urllib.parse import urlsplit

TYPE = "type.googleapis.com/envoy."
SYSTEM_CA = "/etc/ssl/certs/ca-certificates.crt"
CIPHERS = (
    "ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-RSA-AES256-GCM-SHA384 ECDHE-ECDSA-AES128-GCM-SHA256 "
    "ECDHE-RSA-AES128-GCM-SHA256 ECDHE-ECDSA-CHACHA20-POLY1305 ECDHE-RSA-CHACHA20-POLY1305 ECDHE-ECDSA-AES128-SHA "
    "ECDHE-RSA-AES128-SHA AES128-GCM-SHA256 AES128-SHA ECDHE-ECDSA-AES256-SHA ECDHE-RSA-AES256-SHA AES256-GCM-SHA384 "
    "AES256-SHA"
)
CASE = {"@type": TYPE + "extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig"}
HTTP1 = {"header_key_format": {"stateful_formatter": {"name": "preserve_case", "typed_config": CASE}}}
HTTP2 = {
    "allow_connect": True,
    "max_concurrent_streams": 100,
    "initial_stream_window_size": 64 * 1024,
    "initial_connection_window_size": 1024 * 1024,
}
TOP_KEYS = {
    "default_upstream_timeout", "dns_lookup_family", "dns_query_timeout", "dns_query_tries", "dns_resolvers", "proxy",
    "routes",
}  # fmt: skip
ROUTE_KEYS = {
    "allow_websockets", "circuit_breaker_thresholds", "from", "health_checks",
    "healthy_panic_threshold", "idle_timeout", "load_balancing_policy", "name", "outlier_detection", "preserve_host_header",
    "probe", "timeout", "tls_client_cert", "tls_client_key", "tls_custom_ca", "tls_skip_verify",
    "tls_upstream_allow_renegotiation", "tls_upstream_server_name", "to",
}  # fmt: skip
PROXY_KEYS = {"connect_timeout", "envoy", "max_stream_duration", "retry_policy", "upstream_max_stream_duration"}


def seconds(text):
    """A span in Go's form ("1m30s", "500ms") as the seconds of protobuf's JSON."""
    units = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
    parts = re.findall(r"([\d.]+)(ms|s|m|h)", text)
    if "".join(map("".join, parts)) != text:
        raise ValueError(f"not a span of time: {text}")
    return f"{sum(float(number) * units[unit] for number, unit in parts):.3f}s"


def spans(settings):
    """A copy of a block in which each span has protobuf's form."""
    return {
        key: seconds(value) if isinstance(value, str) and re.fullmatch(r"([\d.]+(ms|s|m|h))+", value) else value
        for key, value in settings.items()
    }


def require_known(block, known, what):
    unknown = set(block) - known
    if unknown:
        raise ValueError(f"tests/conformance/pomerium.py does not know {sorted(unknown)} of {what}")


class Upstream:
    """One URL of `to`, with its weight behind a comma."""

    def __init__(self, text):
        url, _, weight = text.partition(",")
        parts = urlsplit(url)
        self.scheme = parts.scheme
        self.host = parts.hostname
        self.port = parts.port or (443 if parts.scheme == "https" else 80)
        self.name = parts.netloc
        self.weight = int(weight) if weight else None

    @property
    def is_address(self):
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return False
        return True


def socket_address(host, port):
    return {"socket_address": {"address": host, "port_value": port}}


class Generator:
    """Turns a document (a dictionary of YAML) into Envoy's bootstrap; PEM files go to `folder`."""

    def __init__(self, document, folder):
        require_known(document, TOP_KEYS, "the file")
        self.document = document
        self.folder = Path(folder)
        self._files = itertools.count()

    def bootstrap(self, access_log):
        routes = self.document["routes"]
        return {
            "node": {"id": "conformance", "cluster": "conformance"},
            "admin": {"address": socket_address("127.0.0.1", 0)},
            "static_resources": {
                "clusters": [self._cluster(route) for route in routes],
                "listeners": [self._listener(routes, access_log)],
            },
        }

    def _proxy(self, route):
        proxy = {**self.document.get("proxy", {}), **route.get("probe", {}).get("proxy", {})}
        require_known(proxy, PROXY_KEYS, "`proxy`")
        return proxy

    # clusters.go

    def _cluster(self, route):
        require_known(route, ROUTE_KEYS, f"the route {route['name']}")
        to = route["to"] if isinstance(route["to"], list) else [route["to"]]
        upstreams = [Upstream(one) for one in to]
        sockets = {one.name: self._transport_socket(route, one) for one in upstreams if one.scheme == "https"}
        out = {
            "name": route["name"],
            "connect_timeout": seconds(self._proxy(route).get("connect_timeout", "10s")),
            "per_connection_buffer_limit_bytes": 32 * 1024,
            "outlier_detection": spans(route.get("outlier_detection", {})),
            "cluster_type": self._cluster_type(route, upstreams),
            "load_assignment": {
                "cluster_name": route["name"],
                "endpoints": [{"lb_endpoints": [self._endpoint(one) for one in upstreams]}],
            },
            "typed_extension_protocol_options": {
                "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": self._protocol(route, upstreams)
            },
        }
        if sockets:
            out["transport_socket"] = next(iter(sockets.values()))
            out["transport_socket_matches"] = [
                {"name": name, "match": {name: True}, "transport_socket": one} for name, one in sockets.items()
            ]
        return {**out, **self._balancing(route)}

    def _balancing(self, route):
        out = {}
        if "health_checks" in route:
            out["health_checks"] = [spans(one) for one in route["health_checks"]]
        if "healthy_panic_threshold" in route:
            out["common_lb_config"] = {"healthy_panic_threshold": {"value": route["healthy_panic_threshold"]}}
        if "load_balancing_policy" in route:
            out["lb_policy"] = route["load_balancing_policy"].upper().removeprefix("LOAD_BALANCING_POLICY_")
        if "circuit_breaker_thresholds" in route:
            out["circuit_breakers"] = {"thresholds": [route["circuit_breaker_thresholds"]]}
        return out

    def _endpoint(self, upstream):
        out = {"endpoint": {"address": socket_address(upstream.host, upstream.port), "hostname": upstream.name}}
        if upstream.weight is not None:
            out["load_balancing_weight"] = upstream.weight
        if upstream.scheme == "https":
            out["metadata"] = {"filter_metadata": {"envoy.transport_socket_match": {upstream.name: True}}}
        return out

    def _cluster_type(self, route, upstreams):
        if all(one.is_address for one in upstreams):
            return {"name": "envoy.cluster.static"}
        resolver = {
            "@type": TYPE + "extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig",
            "udp_max_queries": 100,
        }
        if "dns_query_timeout" in self.document:
            resolver["query_timeout_seconds"] = int(float(seconds(self.document["dns_query_timeout"])[:-1]))
        if "dns_query_tries" in self.document:
            resolver["query_tries"] = self.document["dns_query_tries"]
        if "dns_resolvers" in self.document:
            servers = [urlsplit(one) for one in self.document["dns_resolvers"]]
            resolver["resolvers"] = [socket_address(one.hostname, one.port or 53) for one in servers]
        family = self.document.get("dns_lookup_family", "V4_PREFERRED")
        return {
            "name": "envoy.clusters.dns",
            "typed_config": {
                "@type": TYPE + "extensions.clusters.dns.v3.DnsCluster",
                "respect_dns_ttl": True,
                "dns_lookup_family": family,
                "typed_dns_resolver_config": {"name": "envoy.network.dns_resolver.cares", "typed_config": resolver},
            },
        }

    # protocols.go

    def _protocol(self, route, upstreams):
        schemes = {one.scheme for one in upstreams}
        if schemes == {"https"} and not route.get("allow_websockets"):
            kind = {"auto_config": {"http_protocol_options": HTTP1, "http2_protocol_options": HTTP2}}
        elif schemes == {"h2c"}:
            kind = {"explicit_http_config": {"http2_protocol_options": HTTP2}}
        else:
            kind = {"explicit_http_config": {"http_protocol_options": HTTP1}}
        out = {"@type": TYPE + "extensions.upstreams.http.v3.HttpProtocolOptions", **kind}
        duration = self._proxy(route).get("upstream_max_stream_duration")
        if duration:
            out["common_http_protocol_options"] = {"max_stream_duration": seconds(duration)}
        return out

    # tls.go

    def _pem(self, encoded):
        path = self.folder / f"{next(self._files)}.pem"
        path.write_bytes(base64.b64decode(encoded))
        return {"filename": str(path)}

    def _transport_socket(self, route, upstream):
        name = route.get("tls_upstream_server_name") or upstream.host
        custom = route.get("tls_custom_ca")
        validation = {
            "trusted_ca": self._pem(custom) if custom else {"filename": SYSTEM_CA},
            "match_typed_subject_alt_names": [san_matcher(name)],
        }
        if route.get("tls_skip_verify"):
            validation["trust_chain_verification"] = "ACCEPT_UNTRUSTED"
        common = {
            "tls_params": {
                "cipher_suites": CIPHERS.split(),
                "ecdh_curves": ["X25519", "P-256", "P-384", "P-521"],
                "tls_minimum_protocol_version": "TLSv1_2",
                "tls_maximum_protocol_version": "TLSv1_3",
            },
            "alpn_protocols": ["http/1.1"] if route.get("allow_websockets") else ["h2", "http/1.1"],
            "validation_context": validation,
        }
        if "tls_client_cert" in route:
            chain, key = self._pem(route["tls_client_cert"]), self._pem(route["tls_client_key"])
            common["tls_certificates"] = [{"certificate_chain": chain, "private_key": key}]
        context = {
            "@type": TYPE + "extensions.transport_sockets.tls.v3.UpstreamTlsContext",
            "common_tls_context": common,
            "sni": name,
        }
        if route.get("tls_upstream_allow_renegotiation"):
            context["allow_renegotiation"] = True
        return {"name": "tls", "typed_config": context}

    # routes.go

    def _virtual_host(self, route):
        unlimited = bool(route.get("allow_websockets"))
        default = "0s" if unlimited else self.document.get("default_upstream_timeout", "30s")
        proxy = self._proxy(route)
        action = {
            "cluster": route["name"],
            "timeout": seconds(route.get("timeout", default)),
            "append_x_forwarded_host": True,
            "upgrade_configs": [
                {"upgrade_type": "websocket", "enabled": unlimited},
                {"upgrade_type": "spdy/3.1", "enabled": False},
            ],
            "hash_policy": [
                {"header": {"header_name": "x-pomerium-routing-key"}, "terminal": True},
                {"connection_properties": {"source_ip": True}, "terminal": True},
            ],
        }
        if not route.get("preserve_host_header"):
            action["auto_host_rewrite"] = True
        if "idle_timeout" in route or unlimited:
            action["idle_timeout"] = seconds(route.get("idle_timeout", "0s"))
        # Pomerium has no setting for these two; prober's `proxy:` block stands for other front ends.
        if "max_stream_duration" in proxy:
            action["max_stream_duration"] = {"max_stream_duration": seconds(proxy["max_stream_duration"])}
        if "retry_policy" in proxy:
            action["retry_policy"] = spans(proxy["retry_policy"])
        return {
            "name": route["name"],
            "domains": [urlsplit(route["from"]).hostname],
            "routes": [{"name": route["name"], "match": {"prefix": "/"}, "route": action}],
        }

    # listeners_main.go

    def _listener(self, routes, access_log):
        fields = {
            "id": "%REQ(X-CONFORMANCE-ID)%",
            "status": "%RESPONSE_CODE%",
            "flags": "%RESPONSE_FLAGS%",
            "details": "%RESPONSE_CODE_DETAILS%",
        }
        manager = {
            "@type": TYPE + "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "ingress",
            "always_set_request_id_in_response": True,
            "common_http_protocol_options": {
                "headers_with_underscores_action": "REJECT_REQUEST",
                "idle_timeout": "300s",
                "max_headers_count": 1000,
            },
            "max_request_headers_kb": 128,
            "http_protocol_options": HTTP1,
            "request_timeout": "30s",
            "use_remote_address": True,
            "merge_slashes": True,
            "normalize_path": True,
            "internal_address_config": {"cidr_ranges": [{"address_prefix": "127.0.0.1", "prefix_len": 32}]},
            "access_log": [
                {
                    "name": "envoy.access_loggers.file",
                    "typed_config": {
                        "@type": TYPE + "extensions.access_loggers.file.v3.FileAccessLog",
                        "path": str(access_log),
                        "log_format": {"json_format": fields},
                    },
                }
            ],
            "http_filters": [
                {
                    "name": "envoy.filters.http.router",
                    "typed_config": {"@type": TYPE + "extensions.filters.http.router.v3.Router"},
                }
            ],
            "route_config": {
                "name": "main",
                "validate_clusters": False,
                "virtual_hosts": [self._virtual_host(route) for route in routes],
            },
        }
        network = {"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}
        return {
            "name": "http-ingress",
            "address": socket_address("127.0.0.1", 0),
            "filter_chains": [{"filters": [network]}],
        }


def san_matcher(name):
    try:
        ipaddress.ip_address(name)
    except ValueError:
        if "*" in name:
            pattern = re.escape(name).replace(r"\*", ".*")
            return {"san_type": "DNS", "matcher": {"safe_regex": {"google_re2": {}, "regex": pattern}}}
        return {"san_type": "DNS", "matcher": {"exact": name}}
    return {"san_type": "IP_ADDRESS", "matcher": {"exact": name}}
