package io.holdfast.api.masakari;

import io.holdfast.api.http.ApiFault;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Hosts;
import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.CaseView;
import io.holdfast.recovery.FailoverHost;
import io.holdfast.recovery.FailoverSegment;
import io.holdfast.recovery.FailoverSegments;
import io.holdfast.recovery.Recovery;
import io.holdfast.recovery.core.Armed;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Which hosts are in which failover segment, put together from what compute and recovery hold. */
final class Places {

    private static final int OPEN_CASES_MAX = 10_000;

    /** What is shown of a host of which nobody said anything. */
    private static final String TYPE = "COMPUTE";

    private static final String CONTROL_ATTRIBUTES = "holdfast";

    private final Hosts hosts;
    private final Recovery recovery;
    private final FailoverSegments segments;

    Places(Hosts hosts, Recovery recovery, FailoverSegments segments) {
        this.hosts = hosts;
        this.recovery = recovery;
        this.segments = segments;
    }

    /** Newest first; the controllers' own is the oldest. */
    List<FailoverSegment> segments() {
        return segments.list().reversed().stream().map(this::asItIs).toList();
    }

    FailoverSegment segment(String id) {
        return Texts.uuid(id)
                .flatMap(segments::find)
                .map(this::asItIs)
                .orElseThrow(() -> ApiFault.notFound("No failover segment with id " + id + "."));
    }

    /** The controllers' own is enabled while it is armed. */
    private FailoverSegment asItIs(FailoverSegment kept) {
        return !kept.own()
                ? kept
                : kept.with(
                        kept.name(),
                        kept.description(),
                        kept.method(),
                        kept.serviceType(),
                        recovery.orders(SegmentId.of(kept.name())).armed() == Armed.ARMED);
    }

    List<Member> members() {
        List<FailoverSegment> all = segments.list();
        Map<UUID, FailoverSegment> byId =
                all.stream().collect(Collectors.toMap(FailoverSegment::uuid, segment -> segment));
        Map<HostId, FailoverHost> said =
                segments.hosts().stream().collect(Collectors.toMap(FailoverHost::host, one -> one));
        return hosts.list().stream()
                .map(host -> {
                    FailoverHost about = said.get(host.id());
                    FailoverSegment of =
                            about == null ? all.getFirst() : byId.getOrDefault(about.segment(), all.getFirst());
                    return new Member(host, asItIs(of), about);
                })
                .toList();
    }

    List<Member> members(FailoverSegment of) {
        return members().stream()
                .filter(member -> member.segment().uuid().equals(of.uuid()))
                .toList();
    }

    Member member(FailoverSegment of, String id) {
        return Texts.uuid(id)
                .flatMap(uuid -> members(of).stream()
                        .filter(member -> member.host().uuid().equals(uuid))
                        .findFirst())
                .orElseThrow(() -> ApiFault.notFound("No host with id " + id + "."));
    }

    Optional<Member> named(String name) {
        return members().stream()
                .filter(member -> member.host().id().value().equals(name))
                .findFirst();
    }

    /** @throws ApiFault 409 while a host of the segment is under recovery */
    void requireQuiet(FailoverSegment of, String what) {
        List<HostId> inside =
                members(of).stream().map(member -> member.host().id()).toList();
        recovery.cases(null, true, OPEN_CASES_MAX).stream()
                .map(CaseView::host)
                .filter(inside::contains)
                .findFirst()
                .ifPresent(host -> {
                    throw ApiFault.conflict(
                            what + " as it is in-use to process notifications: host " + host + " is under recovery.");
                });
    }

    /**
     * @param about what was said of the host, or null
     */
    record Member(
            ComputeHost host,
            FailoverSegment segment,
            @Nullable FailoverHost about) {

        String type() {
            return about == null ? TYPE : about.type();
        }

        String controlAttributes() {
            return about == null ? CONTROL_ATTRIBUTES : about.controlAttributes();
        }

        boolean reserved() {
            return about != null && about.reserved();
        }

        /** A force-down that stands counts, too: an operator ends both with the same word. */
        boolean onMaintenance() {
            return host.maintenance() != null || host.forcedDown();
        }
    }
}
