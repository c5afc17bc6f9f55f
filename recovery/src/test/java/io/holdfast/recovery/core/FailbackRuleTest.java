package io.holdfast.recovery.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.Incarnation;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.InstanceSettings;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Each reason alone keeps it where it is. */
class FailbackRuleTest {

    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final InstanceSettings SETTINGS = InstanceSettings.defaults();
    private static final Instant WELL = NOW.minus(SETTINGS.failbackAfter());

    private SegmentOrders orders = SegmentOrders.NONE;
    private ComputeHost oldHome = host("h1", HostState.SERVING, true, null, null);
    private ComputeHost home = host("h2", HostState.SERVING, true, null, null);
    private boolean suspectsOldHome;
    private boolean suspectsHome;
    private boolean oldHomeHasCase;
    private boolean homeHasCase;
    private String coolingDown = "";
    private @Nullable Instant wellSince = WELL;
    private int underWay;
    private String noRoom = "";

    @Test
    void whenNothingSpeaksAgainstItItGoes() {
        assertThat(objection()).isNull();
    }

    @Test
    void neverWhileTheSegmentIsDisarmedOrInMaintenance() {
        orders = SegmentOrders.NONE.with(Armed.FREEZE, "op: a move");
        assertThat(objection()).isEqualTo("the segment is disarmed by op: a move");
        orders = SegmentOrders.NONE.withMaintenance("op: switches");
        assertThat(objection()).isEqualTo("the segment is in maintenance, by op: switches");
    }

    @Test
    void neverWhileEitherHostHasACaseOrIsNotWell() {
        oldHomeHasCase = true;
        assertThat(objection()).isEqualTo("host h1 has an open case");
        oldHomeHasCase = false;
        homeHasCase = true;
        assertThat(objection()).isEqualTo("host h2 has an open case");
        homeHasCase = false;
        suspectsOldHome = true;
        assertThat(objection()).isEqualTo("host h1 is not well");
        suspectsOldHome = false;
        suspectsHome = true;
        assertThat(objection()).isEqualTo("host h2 is not well");
        suspectsHome = false;
        oldHome = host("h1", HostState.JOINING, true, null, null);
        assertThat(objection()).isEqualTo("host h1 is not well");
    }

    @Test
    void neverWhileSomebodyWorksOnEitherHostOrDoesNotWantTheOldOne() {
        oldHome = host("h1", HostState.SERVING, true, "op: memory", null);
        assertThat(objection()).isEqualTo("host h1 is in maintenance, by op: memory");
        oldHome = host("h1", HostState.SERVING, true, null, "flapping");
        assertThat(objection()).isEqualTo("host h1 is in quarantine");
        oldHome = host("h1", HostState.SERVING, false, null, null);
        assertThat(objection()).isEqualTo("host h1 is disabled or forced down");
        oldHome = host("h1", HostState.SERVING, true, null, null);
        home = host("h2", HostState.SERVING, true, "op: disks", null);
        assertThat(objection()).isEqualTo("host h2 is in maintenance, by op: disks");
    }

    @Test
    void neverInACoolDownNorTooSoonNorTooManyAtOnceNorWithoutRoom() {
        coolingDown = "cool-down: until noon";
        assertThat(objection()).isEqualTo("cool-down: until noon");
        coolingDown = "";
        wellSince = WELL.plusMillis(1);
        assertThat(objection()).isEqualTo("host h1 has not been well for 300 s yet");
        wellSince = null;
        assertThat(objection()).isEqualTo("host h1 has not been well for 300 s yet");
        wellSince = WELL;
        underWay = SETTINGS.failbacksAtOnce();
        assertThat(objection()).isEqualTo("2 instances are going back already, and that is the limit");
        underWay = 0;
        noRoom = "h1: is full";
        assertThat(objection()).isEqualTo("h1: is full");
    }

    private @Nullable String objection() {
        return FailbackRule.objection(
                new FailbackRule.Circumstances(
                        orders,
                        oldHome,
                        home,
                        suspectsOldHome,
                        suspectsHome,
                        oldHomeHasCase,
                        homeHasCase,
                        coolingDown,
                        wellSince,
                        underWay,
                        noRoom),
                NOW,
                SETTINGS);
    }

    private static ComputeHost host(
            String name, HostState state, boolean enabled, @Nullable String maintenance, @Nullable String quarantine) {
        return new ComputeHost(
                HostId.of(name),
                new UUID(1, name.hashCode()),
                SegmentId.of("default"),
                "zone",
                state,
                HostEpoch.of(1),
                Incarnation.of(2),
                "boot-2",
                enabled,
                null,
                false,
                "192.0.2.1",
                7000,
                Resources.NOTHING,
                Resources.NOTHING,
                0,
                WELL,
                NOW,
                NOW,
                FailureDomains.NONE,
                maintenance,
                quarantine,
                quarantine == null ? null : WELL);
    }
}
