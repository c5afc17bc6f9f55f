package io.holdfast.scheduler.capacity;

import io.holdfast.model.HostId;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Hosts that are lost together.
 *
 * @param name for people: {@code h1}, {@code h1+h2}, {@code rack=r4}
 * @param hosts by name
 */
public record Failure(Kind kind, String name, List<HostId> hosts) {

    /** What makes them one failure. */
    public enum Kind {
        HOST,
        PAIR,
        DOMAIN
    }

    public Failure {
        hosts = List.copyOf(hosts);
    }

    static Failure host(HostId host) {
        return new Failure(Kind.HOST, host.value(), List.of(host));
    }

    static Failure pair(HostId first, HostId second) {
        return new Failure(Kind.PAIR, first + "+" + second, List.of(first, second));
    }

    static Failure domain(String name, List<HostId> hosts) {
        return new Failure(Kind.DOMAIN, name, hosts.stream().sorted().distinct().collect(Collectors.toList()));
    }
}
