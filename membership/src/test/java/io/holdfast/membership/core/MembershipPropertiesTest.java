package io.holdfast.membership.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.membership.Evidence;
import io.holdfast.membership.MembershipEvent;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Signal;
import io.holdfast.model.HostId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Whatever happens, in whatever order: the rules that may never break, checked from the outside on events alone. */
class MembershipPropertiesTest {

    record Act(int waitMillis, String verb, List<String> arguments) {}

    @Provide
    Arbitrary<List<Act>> lives() {
        Arbitrary<String> host = Arbitraries.of("h1", "h2", "h3");
        Arbitrary<Act> onHost = Combinators.combine(
                        Arbitraries.integers().between(0, 4000),
                        host,
                        Arbitraries.of(
                                "boot a",
                                "boot b",
                                "lease gone",
                                "lease left",
                                "lease c",
                                "group in",
                                "group out",
                                "probe ACCEPTED",
                                "probe REFUSED",
                                "probe SILENT",
                                "probe ANSWERED",
                                "probe MUTE",
                                "probe UNKNOWN",
                                "net storage in",
                                "net storage out",
                                "slot beating",
                                "slot still",
                                "slot unreadable",
                                "guests write",
                                "guests rest",
                                "guests unseen",
                                "says libvirt=bad",
                                "says disk=poor",
                                "says libvirt=unknown",
                                "hush",
                                "speak",
                                "says libvirt=good",
                                "power ON",
                                "power OFF",
                                "power UNKNOWN"))
                .as((wait, name, what) -> {
                    String[] words = what.split(" ");
                    if (words.length == 1) {
                        return new Act(wait, words[0], List.of(name));
                    }
                    String argument = words[0].equals("boot") || words[1].equals("c") ? name + words[1] : words[1];
                    return words[0].equals("net")
                            ? new Act(wait, words[0], List.of(name, words[1], words[2]))
                            : new Act(wait, words[0], List.of(name, argument));
                });
        Arbitrary<Act> onUs = Combinators.combine(
                        Arbitraries.integers().between(0, 4000),
                        Arbitraries.of(
                                "alone",
                                "together",
                                "coordination lost",
                                "coordination restored",
                                "elected",
                                "unread",
                                "read",
                                "pause 900",
                                "clock 3600000",
                                "clock -3600000",
                                "clock 700",
                                "clock-every 500 1000",
                                "clock-every 0 0",
                                "expect h1 h2 h3 h4",
                                "acknowledge h1",
                                "forget h2"))
                .as((wait, what) -> {
                    List<String> words = List.of(what.split(" "));
                    return new Act(wait, words.get(0), words.subList(1, words.size()));
                });
        return Arbitraries.frequencyOf(net.jqwik.api.Tuple.of(4, onHost), net.jqwik.api.Tuple.of(1, onUs))
                .list()
                .ofMinSize(1)
                .ofMaxSize(40);
    }

    @Property(tries = 400)
    void safety(@ForAll("lives") List<Act> acts) {
        World world = new World(MembershipSettings.defaults());
        for (Act act : acts) {
            world.runUntil(world.millis() + act.waitMillis());
            world.act(act.verb(), act.arguments());
        }
        Map<HostId, Boolean> doubted = new HashMap<>();
        long bootGraceMillis = world.settings.grace().toMillis();
        for (int i = 0; i < world.events.size(); i++) {
            MembershipEvent event = world.events.get(i);
            long toldMillis = world.toldMillis.get(i);
            switch (event) {
                case MembershipEvent.Suspected suspected -> doubted.put(suspected.host(), true);
                case MembershipEvent.Cleared cleared -> doubted.put(cleared.host(), false);
                case MembershipEvent.Left left -> doubted.put(left.host(), false);
                case MembershipEvent.Joined _ -> {}
                case MembershipEvent.PowerOff off ->
                    assertThat(off.evidence())
                            .filteredOn(item -> item.signal() == Signal.POWER)
                            .extracting(Evidence::reading)
                            .containsExactly("power off");
                case MembershipEvent.Degraded degraded -> {
                    if (!degraded.heard() && !doubted.getOrDefault(degraded.host(), false)) {
                        // It was asked before anybody was told, and something on it answered.
                        assertThat(readings(degraded.evidence(), Signal.PROBE))
                                .as("told before: %s", world.story)
                                .singleElement()
                                .asString()
                                .matches("its supervisor answers|accepts connections|refuses connections.*");
                    }
                    doubted.put(degraded.host(), true);
                }
                case MembershipEvent.Isolated isolated ->
                    assertThat(doubted).as("told before: %s", world.story).containsEntry(isolated.host(), true);
                case MembershipEvent.Held held ->
                    assertThat(doubted).as("told before: %s", world.story).containsEntry(held.host(), true);
                // What recovery's journal says was told by whoever wrote it.
                case MembershipEvent.Lost lost when lost.reason().endsWith("recovery's journal") -> {}
                case MembershipEvent.Lost lost -> {
                    assertThat(doubted).as("told before: %s", world.story).containsEntry(lost.host(), true);
                    if (lost.reason().startsWith("power")) {
                        assertThat(readings(lost.evidence(), Signal.POWER)).containsExactly("power off");
                    } else {
                        String silence =
                                lost.reason().startsWith("hung") ? "accepts connections and answers nothing" : "silent";
                        assertThat(readings(lost.evidence(), Signal.PROBE))
                                .allMatch(reading -> reading.startsWith(silence));
                        assertThat(readings(lost.evidence(), Signal.LEASE))
                                .allMatch(reading -> reading.startsWith("absent"));
                        // A host that died before this controller heard it in the group was "never seen" there.
                        assertThat(lost.reason().startsWith("isolated"))
                                .as("by its slot, or its guests: %s", lost.evidence())
                                .isEqualTo(!lost.reason().startsWith("hung")
                                        && (readings(lost.evidence(), Signal.SLOT)
                                                        .equals(List.of("beating"))
                                                || guestsWrote(lost)));
                        assertThat(readings(lost.evidence(), Signal.GROUP))
                                .allMatch(reading -> reading.startsWith("absent") || reading.equals("never seen"));
                        assertThat(toldMillis).isGreaterThanOrEqualTo(bootGraceMillis);
                    }
                }
            }
        }
    }

    /** However often its clock is set, whoever looks at hosts that live tells nobody of anything. */
    @Property(tries = 100)
    void aClockAloneMakesNobodySuspect(
            @ForAll @Size(max = 40) List<@IntRange(min = -100_000_000, max = 100_000_000) Integer> steps,
            @ForAll @IntRange(max = 3000) int apartMillis) {
        World world = new World(MembershipSettings.defaults());
        for (String host : List.of("h1", "h2", "h3")) {
            world.act("boot", List.of(host, host + "a"));
            world.act("says", List.of(host, "libvirt=good"));
        }
        for (int step : steps) {
            world.runUntil(world.millis() + apartMillis);
            world.act("clock", List.of(Integer.toString(step)));
        }
        world.runUntil(world.millis() + 20_000);
        assertThat(world.events)
                .allMatch(MembershipEvent.Joined.class::isInstance)
                .hasSize(3);
    }

    /**
     * However often its clock is set, a host that dies is condemned: it is seen again as long as jumps are believed {@link
     * Vigil#JUMPS_MAX} times a minute.
     */
    @Property(tries = 60)
    void aClockThatIsSetAllTheTimeDelaysAVerdictByHalfAMinuteAtMost(
            @ForAll @IntRange(min = 1, max = 400) int everyTicks,
            @ForAll @IntRange(min = 450, max = 100_000_000) int step,
            @ForAll boolean back,
            @ForAll @IntRange(max = 60_000) int diesAtMillis) {
        World world = new World(MembershipSettings.defaults());
        for (String host : List.of("h1", "h2", "h3")) {
            world.act("boot", List.of(host, host + "a"));
        }
        world.act("clock-every", List.of(Integer.toString(50 * everyTicks), Integer.toString(back ? -step : step)));
        world.runUntil(20_000 + diesAtMillis);
        long diesAt = world.millis();
        world.act("probe", List.of("h1", "SILENT"));
        world.act("group", List.of("h1", "out"));
        world.act("lease", List.of("h1", "gone"));
        world.runUntil(diesAt + 60_000);
        long lostAt = -1;
        for (int i = world.events.size() - 1; i >= 0; i--) {
            if (world.events.get(i) instanceof MembershipEvent.Lost lost
                    && lost.host().equals(HostId.of("h1"))) {
                lostAt = world.toldMillis.get(i);
            }
        }
        assertThat(lostAt).as("%s", world.story).isBetween(diesAt, diesAt + 4_000 + 30_000);
    }

    @Property(tries = 200)
    void livenessOfEachSuspicionOnceNothingChangesAnyMore(@ForAll("lives") List<Act> acts) {
        World world = new World(MembershipSettings.defaults());
        for (Act act : acts) {
            world.runUntil(world.millis() + act.waitMillis());
            world.act(act.verb(), act.arguments());
        }
        world.act("clock-every", List.of("0", "0"));
        world.runUntil(world.millis() + 60_000);
        assertThat(world.state().standings())
                .as("story %s", world.story)
                .noneSatisfy((host, standing) ->
                        assertThat(standing).isInstanceOfAny(Standing.Missed.class, Standing.Suspected.class));
    }

    /** As a person would read it: now, or less than the time ago for which a write counts. */
    private static boolean guestsWrote(MembershipEvent.Lost lost) {
        return readings(lost.evidence(), Signal.GUESTS).stream().anyMatch(reading -> {
            Matcher ago = Pattern.compile("is written (\\d+) ms ago$").matcher(reading);
            return reading.startsWith("active: ")
                    || (ago.find()
                            && Long.parseLong(ago.group(1))
                                    < MembershipSettings.defaults().slotTime().toMillis());
        });
    }

    private static List<String> readings(List<Evidence> evidence, Signal signal) {
        return evidence.stream()
                .filter(item -> item.signal() == signal)
                .map(Evidence::reading)
                .toList();
    }
}
