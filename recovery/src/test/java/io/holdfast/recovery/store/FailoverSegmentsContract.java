package io.holdfast.recovery.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.ComputeException;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.recovery.FailoverHost;
import io.holdfast.recovery.FailoverSegment;
import io.holdfast.recovery.FailoverSegments;
import io.holdfast.recovery.RecoveryMethod;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

abstract class FailoverSegmentsContract {

    static final HostId H1 = HostId.of("h1");
    static final HostId H2 = HostId.of("h2");

    /** With hosts h1 and h2; the controllers' own segment is "default". */
    abstract FailoverSegments segments();

    @Test
    void thereIsAlwaysTheControllersOwn() {
        assertThat(segments().list()).singleElement().satisfies(own -> {
            assertThat(own.name()).isEqualTo("default");
            assertThat(own.own()).isTrue();
            assertThat(own.method()).isEqualTo(RecoveryMethod.AUTO);
            assertThat(own.uuid()).isEqualTo(FailoverSegments.own("default"));
        });
    }

    @Test
    void theControllersOwnIsChangedAndNotDeleted() {
        FailoverSegments segments = segments();
        FailoverSegment own = segments.list().getFirst();
        segments.update(own.with(own.name(), "all of it", RecoveryMethod.RH_PRIORITY, "compute", true));
        assertThat(segments.list()).singleElement().satisfies(now -> {
            assertThat(now.uuid()).isEqualTo(own.uuid());
            assertThat(now.method()).isEqualTo(RecoveryMethod.RH_PRIORITY);
            assertThat(now.description()).isEqualTo("all of it");
            assertThat(now.updatedAt()).isNotNull();
        });
        assertThatThrownBy(() -> segments.delete(own.uuid()))
                .isInstanceOfSatisfying(
                        ComputeException.class,
                        refused -> assertThat(refused.kind()).isEqualTo(ComputeException.Kind.NOT_FOUND));
    }

    @Test
    void namesAreUnique() {
        FailoverSegments segments = segments();
        FailoverSegment racks = segments.create("racks", null, RecoveryMethod.RESERVED_HOST, "COMPUTE", false);
        assertThat(racks.enabled()).isFalse();
        assertThat(segments.find(racks.uuid())).contains(racks);
        FailoverSegment other = segments.create("others", "d", RecoveryMethod.AUTO, "COMPUTE", true);
        for (String taken : List.of("racks", "default")) {
            assertThatThrownBy(() -> segments.create(taken, null, RecoveryMethod.AUTO, "COMPUTE", true))
                    .isInstanceOf(ComputeException.class)
                    .hasMessage("Failover segment with name " + taken + " already exists.");
        }
        assertThatThrownBy(() -> segments.update(other.with("racks", "d", RecoveryMethod.AUTO, "COMPUTE", true)))
                .hasMessageContaining("already exists");
        assertThat(segments.list()).extracting(FailoverSegment::name).containsExactly("default", "racks", "others");
    }

    @Test
    void whatIsGoneIsNotFound() {
        FailoverSegments segments = segments();
        FailoverSegment racks = segments.create("racks", null, RecoveryMethod.AUTO, "COMPUTE", true);
        segments.put(H1, racks.uuid(), "COMPUTE", "SSH", true);
        segments.delete(racks.uuid());
        assertThat(segments.hosts()).isEmpty();
        assertThatThrownBy(() -> segments.delete(racks.uuid())).isInstanceOf(ComputeException.class);
        assertThatThrownBy(() -> segments.update(racks)).isInstanceOf(ComputeException.class);
        assertThat(segments.find(UUID.randomUUID())).isEmpty();
    }

    @Test
    void aHostLeavesTheReserveForAFailureAndThatIsRemembered() {
        FailoverSegments segments = segments();
        FailoverSegment racks = segments.create("racks", null, RecoveryMethod.AUTO, "COMPUTE", true);
        FailoverHost said = segments.put(H2, racks.uuid(), "COMPUTE", "SSH", true);
        assertThat(said.reserved()).isTrue();
        FailoverHost.Failure first = new FailoverHost.Failure(H1, HostEpoch.of(3));
        FailoverHost.Failure second = new FailoverHost.Failure(H1, HostEpoch.of(4));
        segments.use(H2, List.of(first));
        segments.use(H2, List.of(second));
        assertThat(segments.hosts()).singleElement().satisfies(host -> {
            assertThat(host.reserved()).isFalse();
            assertThat(host.usedFor()).containsExactly(first, second);
        });
        assertThat(segments.put(H2, racks.uuid(), "COMPUTE", "IPMI", true).controlAttributes())
                .isEqualTo("IPMI");
        segments.remove(H2);
        assertThat(segments.hosts()).isEmpty();
    }
}
