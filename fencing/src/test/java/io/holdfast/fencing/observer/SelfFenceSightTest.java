package io.holdfast.fencing.observer;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.DeviceFact;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.Isolation;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SelfFenceTerms;
import io.holdfast.slot.Acknowledgement;
import io.holdfast.slot.Claim;
import io.holdfast.slot.Heartbeat;
import io.holdfast.slot.Pill;
import io.holdfast.slot.SlotFact;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From a host that is certainly dead, one thing after another is taken away: none of them may be missing. */
final class SelfFenceSightTest {

    private static final HostId H1 = HostId.of("h1");
    private static final Instant NOON = Instant.parse("2026-11-29T12:00:00Z");
    private static final UUID DEVICE = new UUID(1, 1);
    private static final SelfFenceTerms TERMS =
            new SelfFenceTerms("/dev/watchdog", Duration.ofSeconds(3), Duration.ofSeconds(2), DEVICE);
    private static final LeaderEpoch LEADER = LeaderEpoch.of(4);

    /** What the controller sees; every field is as it is when the host is certainly dead, until a test changes it. */
    private static final class Scene {
        private @Nullable String condemned = "boot-a";
        private String claimedBy = "boot-a";
        private String beatBy = "boot-a";
        private @Nullable SelfFenceTerms inSlot = TERMS;
        private @Nullable SelfFenceTerms inLease = TERMS;
        private String leaseOf = "boot-a";
        private boolean confirms = true;
        private boolean there;
        private long unchanged = 9008;
        private long unconfirmed = 9008;
        private boolean pastCaches = true;
        private String pillFor = "boot-a";
        private long pillLeader = 4;
        private boolean pillStands = true;
        private @Nullable UUID device = DEVICE;
        private long boundMax = 10_000;
        private boolean acknowledged;

        private void with(String field, String value) {
            switch (field) {
                case "nothing" -> {}
                case "condemned" -> condemned = value.equals("unknown") ? null : value;
                case "claimed by" -> claimedBy = value;
                case "beat by" -> beatBy = value;
                case "slot names" -> inSlot = terms(value);
                case "lease names" -> inLease = terms(value);
                case "lease of" -> leaseOf = value;
                case "confirms" -> confirms = Boolean.parseBoolean(value);
                case "lease there" -> there = Boolean.parseBoolean(value);
                case "slot still" -> unchanged = Long.parseLong(value);
                case "unconfirmed" -> unconfirmed = Long.parseLong(value);
                case "past caches" -> pastCaches = Boolean.parseBoolean(value);
                case "pill for" -> pillFor = value;
                case "pill of leader" -> pillLeader = Long.parseLong(value);
                case "pill stands" -> pillStands = Boolean.parseBoolean(value);
                case "device" -> device = UUID.fromString(value);
                case "bound-max" -> boundMax = Long.parseLong(value);
                default -> throw new AssertionError(field);
            }
        }

        private static @Nullable SelfFenceTerms terms(String value) {
            return value.equals("none") ? null : SelfFenceTerms.parse(TERMS + ";timeout-ms=" + value);
        }

        private SlotFact.Seen slot() {
            @Nullable
            Pill pill = pillFor.equals("nobody")
                    ? null
                    : new Pill(H1, pillFor, null, LeaderEpoch.of(pillLeader), "controller-1", "silent", NOON);
            return new SlotFact.Seen(
                    2,
                    new Claim(H1, claimedBy, NOON),
                    new Heartbeat(H1, beatBy, "s", 9, NOON, Duration.ZERO, Duration.ofMillis(500), inSlot),
                    pill,
                    pillStands,
                    acknowledged ? new Acknowledgement(H1, "boot-a", 1, NOON) : null,
                    Duration.ofMillis(unchanged),
                    pastCaches);
        }

        private SelfFenceSight sight() {
            return sight(
                    slot(), new LeaseFact.Seen(leaseOf, inLease, confirms, there, Duration.ofMillis(unconfirmed)), "");
        }

        private SelfFenceSight sight(@Nullable SlotFact slot, LeaseFact lease, String blind) {
            FencingSettings.Slot defaults = FencingSettings.Slot.defaults();
            FencingSettings.Slot settings = new FencingSettings.Slot(
                    null,
                    0,
                    defaults.lookInterval(),
                    defaults.deadline(),
                    defaults.drift(),
                    defaults.margin(),
                    Duration.ofMillis(boundMax),
                    defaults.read());
            return new SelfFenceSight(device, blind, slot, lease, settings);
        }

        private Isolation isolation() {
            return sight().isolation(condemned, LEADER);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            nothing        | -                                    | SelfFenced | bound 9008 ms = (2 x 3000 + 2000) x 1.001 + 1000
            condemned      | unknown                              | Unprovable | nobody knows which boot
            condemned      | boot-0                               | Unprovable | claimed by boot boot-a, and boot boot-0 was condemned
            claimed by     | boot-b                               | Unprovable | claimed by boot boot-b
            beat by        | boot-0                               | Unprovable | no heartbeat in boot boot-a
            slot names     | none                                 | Unprovable | had no armed watchdog
            lease names    | none                                 | Unprovable | lease names no watchdog
            slot names     | 4000                                 | Unprovable | different terms
            lease names    | 4000                                 | Unprovable | different terms
            lease of       | boot-0                               | Unprovable | last lease is of boot boot-0
            confirms       | false                                | Unprovable | earlier version
            past caches    | false                                | Unprovable | past all caches
            device         | 00000000-0000-0009-0000-000000000009 | Unprovable | and this controller reads 00000000-0000-0009
            bound-max      | 9000                                 | Unprovable | fencing.slot.bound-max (9000 ms)
            pill of leader | 5                                    | Unprovable | pill of a newer leader, at epoch 5
            pill of leader | 3                                    | SelfFenced | at leader epoch 3 stands
            lease there    | true                                 | Unproven   | its lease is still there
            slot still     | 9007                                 | Silent     | unchanged for 9007 ms
            unconfirmed    | 9007                                 | Silent     | not confirmed for 9007 ms
            pill for       | nobody                               | Silent     | not read back yet
            pill for       | boot-0                               | Silent     | not read back yet
            pill stands    | false                                | Silent     | not read back yet
            """)
    void everythingHasToSpeakOfTheSameLifeAndToBeStillForTheBound(
            String field, String value, String expected, String words) {
        Scene scene = new Scene();
        scene.with(field, value);
        Isolation said = scene.isolation();
        assertThat(said.getClass().getSimpleName()).isEqualTo(expected);
        assertThat(said.detail()).contains(words);
    }

    @Test
    void whatCannotBeSeenIsNotStill() {
        Scene scene = new Scene();
        LeaseFact lease = new LeaseFact.Seen("boot-a", TERMS, true, false, Duration.ofMinutes(1));
        SlotFact unreadable = new SlotFact.Unreadable("checksum");
        assertThat(scene.sight(unreadable, lease, "").isolation("boot-a", LEADER))
                .isInstanceOf(Isolation.Unproven.class)
                .extracting(Isolation::detail)
                .asString()
                .contains("not a slot that stands still: checksum");
        assertThat(scene.sight(null, lease, "it hangs").isolation("boot-a", LEADER))
                .isInstanceOf(Isolation.Unproven.class);
        assertThat(scene.sight(null, lease, "").isolation("boot-a", LEADER))
                .isInstanceOf(Isolation.Unprovable.class)
                .extracting(Isolation::detail)
                .isEqualTo("it has no slot on the slot device");
        assertThat(scene.sight(scene.slot(), new LeaseFact.Unknown("no answer"), "")
                        .isolation("boot-a", LEADER))
                .isInstanceOf(Isolation.Unproven.class)
                .extracting(Isolation::detail)
                .asString()
                .contains("cannot be looked at: no answer");
    }

    @Test
    void anAcknowledgementIsNewsAndNoProof() {
        Scene scene = new Scene();
        scene.acknowledged = true;
        scene.unchanged = 100;
        assertThat(scene.isolation())
                .isInstanceOf(Isolation.Silent.class)
                .extracting(Isolation::detail)
                .asString()
                .endsWith("the host has acknowledged the pill");
    }

    // ---- a rehearsal

    private static List<String> failures(SelfFenceSight sight) {
        return sight.rehearsal(Duration.ZERO).stream()
                .map(DeviceFact.SelfFence.class::cast)
                .filter(fact -> !fact.good())
                .map(DeviceFact.SelfFence::detail)
                .toList();
    }

    private static Scene alive() {
        Scene scene = new Scene();
        scene.there = true;
        scene.unchanged = 300;
        scene.unconfirmed = 0;
        scene.pillFor = "nobody";
        return scene;
    }

    @Test
    void aHostThatIsArmedAndBeatsIsReady() {
        assertThat(failures(alive().sight())).isEmpty();
        assertThat(alive().sight().rehearsal(Duration.ZERO))
                .extracting(DeviceFact::detail)
                .contains(
                        "/dev/watchdog is armed, and lease and slot say the same; certainly stopped after 9008 ms of silence");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            slot names  | none   | had no armed watchdog
            lease names | 4000   | different terms
            slot still  | 1800   | changed 1800 ms ago
            lease there | false  | it has no lease now
            past caches | false  | not past all caches
            lease of    | boot-0 | last lease is of boot boot-0
            bound-max   | 9000   | longer than fencing.slot.bound-max
            pill for    | boot-a | an order to die stands in its slot, by controller-1
            confirms    | false  | earlier version
            """)
    void aRehearsalNamesWhatIsInTheWay(String field, String value, String words) {
        Scene scene = alive();
        scene.with(field, value);
        assertThat(failures(scene.sight())).anyMatch(why -> why.contains(words));
    }

    @Test
    void aRehearsalOfWhatCannotBeSeenFails() {
        Scene scene = alive();
        LeaseFact unknown = new LeaseFact.Unknown("no answer");
        assertThat(failures(scene.sight(null, unknown, ""))).containsExactly("it has no slot on the slot device");
        assertThat(failures(scene.sight(new SlotFact.Unreadable("torn"), unknown, "")))
                .singleElement()
                .asString()
                .contains("torn");
        assertThat(failures(scene.sight(scene.slot(), unknown, "")))
                .containsExactly("its lease cannot be looked at: no answer");
    }
}
