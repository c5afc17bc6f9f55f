package io.holdfast.network.store;

import io.holdfast.model.ProjectId;
import io.holdfast.network.Cidr;
import io.holdfast.network.Ipv4;
import io.holdfast.network.Range;
import io.holdfast.network.Subnet;
import io.holdfast.network.core.AddressPlan;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Table {@code subnet}. */
@Entity(name = "Subnet")
@Table(name = "subnet")
@SuppressWarnings("NullAway.Init") // Hibernate fills the fields after the constructor.
class SubnetRow {

    @Id
    UUID id;

    @Column(name = "network_id", updatable = false)
    UUID networkId;

    String name;

    @Column(updatable = false)
    String project;

    String description;

    @Column(updatable = false)
    String cidr;

    @Nullable
    String gateway;

    String pools;

    String dns;

    @Column(name = "created_at", updatable = false)
    Instant createdAt;

    @Column(name = "updated_at")
    Instant updatedAt;

    void write(AddressPlan plan) {
        gateway = plan.gateway() == null ? null : plan.gateway().toString();
        pools = plan.pools().stream().map(Range::toString).collect(Collectors.joining(","));
    }

    AddressPlan plan() {
        List<Range> ranges = parts(pools)
                .map(text -> text.split("-", 2))
                .map(ends -> new Range(address(ends[0]), address(ends[1])))
                .toList();
        return new AddressPlan(range(), gateway == null ? null : address(gateway), ranges);
    }

    Subnet toSubnet() {
        AddressPlan plan = plan();
        return new Subnet(
                id,
                networkId,
                name,
                ProjectId.of(project),
                description,
                plan.cidr(),
                plan.gateway(),
                plan.pools(),
                parts(dns).map(SubnetRow::address).toList(),
                createdAt,
                updatedAt);
    }

    Cidr range() {
        return Cidr.parse(cidr)
                .orElseThrow(() -> new IllegalStateException("subnet " + id + " has no range: '" + cidr + "'"));
    }

    static Ipv4 address(String text) {
        return Ipv4.parse(text).orElseThrow(() -> new IllegalStateException("not an address: '" + text + "'"));
    }

    private static Stream<String> parts(String list) {
        return list.isEmpty() ? Stream.empty() : Stream.of(list.split(","));
    }
}
