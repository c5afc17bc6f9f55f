package io.holdfast.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import io.holdfast.fencing.sim.InMemoryFenceJournal;
import io.holdfast.fencing.sim.PowerFault;
import io.holdfast.fencing.sim.SimulatedPower;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.PowerState;
import io.holdfast.model.SecretFile;
import io.holdfast.model.SegmentId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several levels, and several devices in one. */
@Timeout(30)
class FencerLevelsTest {

    private static final HostId H1 = HostId.of("h1");
    private static final HostId BMC = HostId.of("bmc");
    private static final HostId A = HostId.of("pdu-a");
    private static final HostId B = HostId.of("pdu-b");
    private static final HostEpoch EPOCH = HostEpoch.of(3);
    private static final FencingSettings SETTINGS = new FencingSettings(
            Map.of(),
            Map.of(),
            FencingSettings.Agents.defaults(),
            Duration.ofMillis(300),
            Duration.ofMillis(10),
            Duration.ofMillis(50),
            2,
            Duration.ZERO,
            FencingSettings.Slot.defaults(),
            KdumpSettings.none(),
            SensorSettings.defaults());

    private final SimulatedPower power = SimulatedPower.inRealTime((_, _) -> {});
    private final InMemoryFenceJournal journal = new InMemoryFenceJournal();

    @Test
    void theNextLevelProvesAndTheJournalSaysWhichLevelDidWhat() {
        power.fault(BMC, new PowerFault.Dead());

        FenceResult result =
                fencer(journal, level("bmc"), level("pdu-a", "pdu-b")).fence(request(1));

        assertThat(((FenceResult.Proven) result).proof().evidence())
                .startsWith("level 2 of 2: simulated power of pdu-a: ")
                .contains("; and simulated power of pdu-b: ");
        assertThat(power.hasPower(A)).isFalse();
        assertThat(power.hasPower(B)).isFalse();
        assertThat(journal.of(H1, EPOCH))
                .extracting(FenceJournal.Entry::act, FenceJournal.Entry::level, FenceJournal.Entry::result)
                .containsExactly(
                        tuple("order-off", 1, "INTENDED"),
                        tuple("level", 1, "UNKNOWN"),
                        tuple("order-off", 2, "INTENDED"),
                        tuple("order-off", 2, "INTENDED"),
                        tuple("proof", 2, "POWER_READ_OFF"));
    }

    @Test
    void oneOfTwoOutletsIsNoProof() {
        power.fault(B, new PowerFault.Lying());

        FenceResult result = fencer(journal, level("pdu-a", "pdu-b")).fence(request(1));

        assertThat(result)
                .isInstanceOfSatisfying(
                        FenceResult.Failed.class,
                        failed -> assertThat(failed.reason())
                                .contains("pdu-b said \"done\", and the host still has power"));
        assertThat(power.hasPower(A)).isFalse();
        assertThat(journal.proof(H1, EPOCH)).isEmpty();
    }

    @Test
    void anotherLeaderGoesOnBehindTheLevelThatWasLeft() {
        journal.append(entry(1, FenceJournal.LEVEL, FenceJournal.UNKNOWN));

        FenceResult result = fencer(journal, level("bmc"), level("pdu-a")).fence(request(1));

        assertThat(result).isInstanceOf(FenceResult.Proven.class);
        assertThat(power.hasPower(BMC)).as("the first level is not tried again").isTrue();
        assertThat(power.hasPower(A)).isFalse();
    }

    @Test
    void theNextAttemptAndOneThatIsOverBeginAtTheFirstLevel() {
        journal.append(entry(1, FenceJournal.LEVEL, FenceJournal.UNKNOWN));
        journal.append(entry(0, FenceJournal.RESULT, FenceJournal.UNKNOWN));

        assertThat(fencer(journal, level("bmc"), level("pdu-a")).fence(request(1)))
                .isInstanceOf(FenceResult.Proven.class);
        assertThat(power.hasPower(BMC)).isFalse();
        assertThat(power.hasPower(A)).isTrue();
        assertThat(journal.left(request(2))).isEmpty();
    }

    @Test
    void aLevelThatCannotBeWrittenDownIsLeftAllTheSame() {
        power.fault(BMC, new PowerFault.WrongPassword());
        InMemoryFenceJournal real = journal;
        FenceJournal forgetful = new FenceJournal() {
            @Override
            public void append(Entry entry) {
                if (entry.act().equals(LEVEL)) {
                    throw new IllegalStateException("disk full");
                }
                real.append(entry);
            }

            @Override
            public void appendIntent(Entry entry, SegmentId segment, LeaderEpoch leader) {
                real.appendIntent(entry, segment, leader);
            }

            @Override
            public java.util.Optional<Entry> proof(HostId host, HostEpoch epoch) {
                return real.proof(host, epoch);
            }

            @Override
            public List<Entry> of(HostId host, HostEpoch epoch) {
                return real.of(host, epoch);
            }

            @Override
            public List<Entry> history(HostId host, int limit) {
                return real.history(host, limit);
            }
        };

        assertThat(fencer(forgetful, level("bmc"), level("pdu-a")).fence(request(1)))
                .isInstanceOf(FenceResult.Proven.class);
    }

    @Test
    void aHostThatIsBackBetweenTwoLevelsIsNotOrderedOffByTheSecond() {
        power.fault(BMC, new PowerFault.Dead());
        FenceRequest usual = request(1);
        FenceRequest calledOff = new FenceRequest(
                usual.caseId(),
                usual.segment(),
                H1,
                EPOCH,
                1,
                usual.leader(),
                usual.deadline(),
                () -> journal.of(H1, EPOCH).stream()
                                .anyMatch(entry -> entry.act().equals(FenceJournal.LEVEL))
                        ? "the host is back"
                        : "");

        FenceResult result =
                fencer(journal, level("bmc"), level("pdu-a"), level("pdu-b")).fence(calledOff);

        assertThat(result)
                .isInstanceOfSatisfying(
                        FenceResult.Failed.class,
                        failed -> assertThat(failed.reason()).isEqualTo("the host is back; the power was not cut"));
        assertThat(power.hasPower(A)).isTrue();
        assertThat(power.hasPower(B)).as("nor by the third").isTrue();
    }

    @Test
    void aDeviceThatNobodyDescribedKeepsItsPlaceInTheLevelAndProvesNothing() {
        Fencer fencer = fencer(journal, level("pdu-a", "{host}-pdu-b"));

        assertThat(fencer.fence(request(1)))
                .isInstanceOfSatisfying(
                        FenceResult.Unknown.class,
                        unknown -> assertThat(unknown.reason()).contains("there is no such device in fencing.devices"));
        assertThat(fencer.levels(H1))
                .containsExactly("simulated power of pdu-a and missing device h1-pdu-b: power off is ordered, then read"
                        + " back off on a new session; all of them must prove");
    }

    @Test
    void thePowerOfAHostIsWhatAllDevicesOfTheFirstLevelSay() {
        Fencer fencer = fencer(journal, level("pdu-a", "pdu-b"), level("bmc"));
        Duration second = Duration.ofSeconds(1);
        assertThat(fencer.readPower(H1, second).state()).isEqualTo(PowerState.ON);
        power.losePower(A);
        assertThat(fencer.readPower(H1, second).state()).isEqualTo(PowerState.ON);
        power.fault(B, new PowerFault.WrongPassword());
        assertThat(fencer.readPower(H1, second).state()).isEqualTo(PowerState.UNKNOWN);
        power.fault(B, new PowerFault.None());
        power.losePower(B);
        assertThat(fencer.readPower(H1, second))
                .satisfies(reading -> assertThat(reading.state()).isEqualTo(PowerState.OFF))
                .satisfies(
                        reading -> assertThat(reading.detail()).contains("pdu-a: power is off", "pdu-b: power is off"));
    }

    @Test
    void aNameGoesBeforeAPatternAndAPatternBeforeTheDeviceOfTheHostsName() {
        Map<String, FenceDevice> devices = new TreeMap<>();
        for (String name : List.of("bmc", "r1-7", "r1-7-x", "other")) {
            devices.put(name, power.device(HostId.of(name)));
        }
        FenceDevices known = new FenceDevices(
                devices,
                Map.of(
                        "r1-*",
                        List.of(level("{host}-x")),
                        "*",
                        List.of(level("bmc")),
                        "r2-1",
                        List.of(level("other"))));
        assertThat(names(known, "r2-1")).containsExactly("simulated power of other");
        assertThat(names(known, "r1-7")).containsExactly("simulated power of r1-7-x");
        assertThat(names(known, "zz")).containsExactly("simulated power of bmc");
        FenceDevices plain = new FenceDevices(devices, Map.of("r1-*", List.of(level("bmc"))));
        assertThat(names(plain, "other")).containsExactly("simulated power of other");
        assertThat(plain.of(HostId.of("zz"))).isEmpty();
        assertThat(names(plain, "r1-9")).containsExactly("simulated power of bmc");
    }

    private static List<String> names(FenceDevices devices, String host) {
        return devices.of(HostId.of(host)).stream()
                .flatMap(level -> level.devices().stream())
                .map(FenceDevice::name)
                .toList();
    }

    @ParameterizedTest
    @CsvSource({
        "h1, nobody, 1, 0, 5, 'fencing.levels.h1 names ''nobody'', and there is no such device in fencing.devices'",
        "h*, bmc, 0, 0, 5, 'fencing.levels.*.attempts must be between 1 and 10, is 0'",
        "h*, bmc, 1, 61, 5, 'fencing.levels.*.delay must be between 0s and 60s, is 61s'",
        "h*, bmc, 1, 0, 301, 'fencing.levels.*.deadline must be between 1s and 300s, is 301s'",
        "h 1, bmc, 1, 0, 5, 'fencing.levels.h 1: ''h 1'' is no name of a host and no pattern of one'"
    })
    void refusesALevelThatCannotWork(
            String host, String device, int attempts, int delay, int deadline, String message) {
        assertThatThrownBy(() -> settings(
                        host,
                        List.of(new FencingSettings.Level(
                                List.of(device), attempts, Duration.ofSeconds(delay), Duration.ofSeconds(deadline)))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void refusesAnEmptyLadderAnEmptyLevelADeviceTwiceAndALadderThatTakesTooLong() {
        assertThatThrownBy(() -> settings("h1", List.of()))
                .hasMessage("fencing.levels.h1 must have at least one level");
        assertThatThrownBy(() -> level()).hasMessage("fencing.levels.*.devices must name 1 to 8 devices, names 0");
        assertThatThrownBy(() -> settings("h*", List.of(level("bmc"), level("bmc"))))
                .hasMessage("fencing.levels.h* names 'bmc' twice");
        FencingSettings long11 = settings(
                "h1",
                List.of(
                        new FencingSettings.Level(List.of("bmc"), 2, Duration.ofSeconds(1), Duration.ofSeconds(3)),
                        level("pdu-a")));
        long11.requireWithin("recovery.fence-deadline", Duration.ofSeconds(11));
        assertThatThrownBy(() -> long11.requireWithin("recovery.fence-deadline", Duration.ofSeconds(10)))
                .hasMessage("fencing.levels.h1 takes up to 11s, more than recovery.fence-deadline (10s)");
    }

    private static FencingSettings settings(String host, List<FencingSettings.Level> ladder) {
        FencingSettings.Device device = new FencingSettings.Ipmi(
                "192.0.2.1", null, "fencer", SecretFile.of(java.nio.file.Path.of("p")), null, null, null);
        return new FencingSettings(
                Map.of("bmc", device, "pdu-a", device),
                Map.of(host, ladder),
                FencingSettings.Agents.defaults(),
                Duration.ofSeconds(3),
                Duration.ofMillis(50),
                Duration.ofMillis(500),
                3,
                Duration.ZERO,
                FencingSettings.Slot.defaults(),
                KdumpSettings.none(),
                SensorSettings.defaults());
    }

    private static FencingSettings.Level level(String... devices) {
        return new FencingSettings.Level(List.of(devices), null, null, null);
    }

    private Fencer fencer(FenceJournal into, FencingSettings.Level... ladder) {
        FenceDevices devices = new FenceDevices(
                Map.of("bmc", power.device(BMC), "pdu-a", power.device(A), "pdu-b", power.device(B)),
                Map.of("h1", List.of(ladder)));
        return new Fencer(devices, into, (_, _) -> true, SETTINGS, InstantSource.fixed(Instant.EPOCH));
    }

    private static FenceRequest request(int attempt) {
        return new FenceRequest(
                CaseId.of(new UUID(1, 1)),
                SegmentId.of("s1"),
                H1,
                EPOCH,
                attempt,
                new LeaderEpoch(7),
                Duration.ofSeconds(3));
    }

    private static FenceJournal.Entry entry(int level, String act, String result) {
        return new FenceJournal.Entry(
                CaseId.of(new UUID(1, 1)),
                H1,
                EPOCH,
                1,
                level,
                "bmc",
                act,
                result,
                "silent",
                "holdfast",
                Instant.EPOCH);
    }
}
