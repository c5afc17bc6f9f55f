package io.holdfast.membership.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.membership.AgentHealth;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Network;
import io.holdfast.model.PowerState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The table's decision and its check, against readings that are written down or drawn. */
class HealthTableTest {

    private static final Network STORAGE = new Network("storage");
    private static final List<Reaction> ALL_THREE = List.of(Reaction.TELL, Reaction.STOP_PLACING, Reaction.FENCE);

    private final HealthTable table = HealthTable.defaults();

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
                    lease held, networks all; well
                    lease held, networks all, libvirt poor, storage poor, clock poor, slot unreadable; well
                    lease held, networks some; network-lost
                    lease held, networks some, libvirt bad; libvirt-bad
                    lease held, networks all, libvirt bad, storage bad; storage-bad
                    lease held, networks all, slot still; slot-still
                    lease held, networks all, disk bad; disk-full
                    lease held, networks all, disk poor, memory poor; well
                    lease held, networks all, memory bad; memory-short
                    lease held, networks all, clock bad; clock-bad
                    lease held, networks all, hardware bad; hardware-bad
                    lease held, networks all, hardware bad, clock bad; hardware-bad
                    lease held, networks all, hardware poor; well
                    lease held, networks all, health fresh, disk poor; well
                    lease held, networks all, health unknown; well
                    lease held, networks all, health stale; health-stale
                    lease held, networks all, health stale, slot still; slot-still
                    lease held, networks some, health stale; network-lost
                    lease held, networks all, health stale, hardware bad; hardware-bad
                    lease held, networks missing, health stale; suspected
                    lease held, networks missing, hardware bad; suspected
                    lease gone, networks none, probe silent, hardware good; silent
                    lease held, networks all, link bad; link-bad
                    lease held, networks all, power off; well
                    lease held, networks missing; suspected
                    lease missing, networks all; suspected
                    lease gone, networks all, probe silent, power off; suspected
                    lease gone, networks missing, power off; power-off
                    lease gone, networks none, probe silent, slot beating, power off; power-off
                    lease gone, networks none, probe refused; agent-down
                    lease held, networks none, probe accepts; out-of-group
                    lease gone, networks none, probe accepts; agent-silent
                    lease gone, networks none, probe answers; agent-hung
                    lease gone, networks none, probe silent, slot beating; isolated
                    lease gone, networks none, probe silent, slot still; silent
                    lease gone, networks none, probe silent, slot unreadable; silent
                    lease gone, networks none, probe silent, guests active; isolated-guests
                    lease gone, networks none, probe silent, slot still, guests active; isolated-guests
                    lease gone, networks none, probe silent, slot beating, guests quiet; isolated
                    lease gone, networks none, probe silent, guests quiet; silent
                    lease gone, networks none, probe silent, guests active, power off; power-off
                    lease gone, networks none, probe mute, guests active; hung
                    lease gone, networks none, guests active; suspected
                    lease held, networks all, guests active; well
                    lease gone, networks none, probe silent; silent
                    lease gone, networks none, probe mute; hung
                    lease gone, networks none, probe mute, slot beating; mute-but-writing
                    lease gone, networks none; suspected
                    lease missing, networks none, probe silent; suspected
                    lease unknown, networks none, probe silent; suspected
                    lease gone, networks unknown, probe silent; suspected
                    lease gone, networks some, probe silent; out-of-reach
                    lease missing, networks some, probe silent; out-of-reach
                    lease unknown, networks some, probe silent; network-lost
                    lease gone, networks some, probe silent, slot still; out-of-reach
                    lease gone, networks some, probe answers; out-of-reach
                    lease gone, networks all, probe silent; suspected
                    """)
    void theDefaultTableDecides(String signals, String row) {
        assertThat(table.rowFor(reading(signals)).name()).isEqualTo(row);
    }

    @Test
    void aRowForANetworkThatNobodyHasIsRefusedAndNamesBoth() {
        HealthTable named = new HealthTable(List.of(
                row("no-storage", "lease held, networks some, network storage gone", HealthState.DEGRADED, told()),
                row("well", "lease held, networks all|some", HealthState.ALIVE, List.of()),
                row("rest", "anything", HealthState.SUSPECTED, told())));
        named.requireOnly(Set.of(Network.MANAGEMENT, STORAGE));
        assertThatThrownBy(() -> MembershipSettings.defaults().with(named))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("row 'no-storage' names network 'storage'")
                .hasMessageContaining("there are management");
    }

    @Test
    void noHostThatIsHeardOrAnswersIsFencedByDefault() {
        Random random = new Random(1);
        int fenced = 0;
        for (int i = 0; i < 200_000; i++) {
            Reading reading = anyPossible(random);
            HealthRow row = table.rowFor(reading);
            fenced += row.fences() ? 1 : 0;
            boolean lives = reading.isHeard()
                    || reading.is(Column.PROBE, Column.Probe.ANSWERS)
                    || reading.is(Column.PROBE, Column.Probe.ACCEPTS)
                    || reading.is(Column.PROBE, Column.Probe.REFUSED);
            boolean off = reading.is(Column.POWER, PowerState.OFF)
                    && !reading.is(Column.NETWORKS, Column.Networks.ALL)
                    && !reading.is(Column.NETWORKS, Column.Networks.SOME);
            assertThat(row.fences() && lives && !off)
                    .as("%s by %s", reading, row.name())
                    .isFalse();
        }
        assertThat(fenced).isGreaterThan(1000);
    }

    /** The dumb oracle reads each row's text anew, and tries the rows one after the other. */
    @Property(tries = 300)
    void theFirstRowWhoseTextMatchesDecides(@ForAll long seed) {
        Random random = new Random(seed);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            texts.add(anyWhen(random));
        }
        texts.add("anything");
        List<Box> boxes = texts.stream().map(When::parse).toList();
        for (int i = 0; i < 40; i++) {
            Reading reading = anyPossible(random);
            int expected = 0;
            while (!matches(texts.get(expected), reading)) {
                expected++;
            }
            int found = 0;
            while (!boxes.get(found).contains(reading)) {
                found++;
            }
            assertThat(found).as("%s in %s", reading, texts).isEqualTo(expected);
        }
    }

    /** What the check says that each row takes is what it takes, and what it says is left has no row. */
    @Property(tries = 150)
    void theCheckIsExact(@ForAll long seed) {
        Random random = new Random(seed);
        List<Box> boxes = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            boxes.add(When.parse(anyWhen(random)));
        }
        List<Box> possible = TableCheck.possible(boxes);
        List<List<Box>> shares = TableCheck.shares(possible, boxes);
        for (int i = 0; i < 300; i++) {
            Reading reading = anyPossible(random);
            int first = 0;
            while (first < boxes.size() && !boxes.get(first).contains(reading)) {
                first++;
            }
            for (int row = 0; row < shares.size(); row++) {
                long holding = shares.get(row).stream()
                        .filter(box -> box.contains(reading))
                        .count();
                assertThat(holding).as("row %d for %s", row, reading).isEqualTo(row == first ? 1 : 0);
            }
        }
        for (int row = 0; row < shares.size(); row++) {
            for (Box share : shares.get(row)) {
                Reading example = share.example();
                assertThat(share.contains(example)).isTrue();
                assertThat(possible).anyMatch(box -> box.contains(example));
                for (int earlier = 0; earlier < row; earlier++) {
                    assertThat(boxes.get(earlier).contains(example)).isFalse();
                }
            }
        }
    }

    @Test
    void aRowThatNobodyReachesIsNamedWithThoseThatTakeItsPlace() {
        List<HealthRow> rows = new ArrayList<>(table.rows());
        rows.addFirst(new HealthRow("all-dark", "lease gone", HealthState.SUSPECTED, told(), "dark"));
        assertThatThrownBy(() -> new HealthTable(rows))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(
                        "row 'silent' can never be reached: rows above it take all that it is for ('all-dark'")
                .hasMessageContaining("move it up, or remove it");
    }

    @Test
    void signalsThatCannotBeSoTogetherAreNoRow() {
        refused(
                "row 'one' can never be reached: signals cannot be so together",
                row("one", "lease gone, libvirt bad", HealthState.SUSPECTED, told()));
        refused(
                "row 'one' can never be reached: signals cannot be so together",
                row("one", "networks none, network storage present", HealthState.SUSPECTED, told()));
        refused(
                "row 'one' can never be reached: signals cannot be so together",
                row("one", "lease held, networks all, health stale, libvirt bad", HealthState.DEGRADED, told()));
        refused(
                "row 'one' can never be reached: signals cannot be so together",
                row("one", "lease gone, health stale", HealthState.SUSPECTED, told()));
    }

    @Test
    void aReadingWithoutARowIsShown() {
        assertThatThrownBy(() -> new HealthTable(List.of(
                        row("well", "lease held, networks all|some", HealthState.ALIVE, List.of()),
                        row("gone", "lease gone|missing|unknown", HealthState.SUSPECTED, told()))))
                .hasMessageContaining("no row is for lease held, networks ")
                .hasMessageContaining("end the table with one for 'anything'");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
                    lease gone, networks none; nothing shows to be dead
                    lease gone, networks none, probe silent|open; nothing shows to be dead
                    lease gone, networks none, probe refused; nothing shows to be dead
                    lease gone, networks none, probe accepts|answers; nothing shows to be dead
                    lease missing, networks none, probe silent; nothing shows to be dead
                    lease gone, networks unknown, probe silent; nothing shows to be dead
                    lease held, networks none, probe silent; nothing shows to be dead
                    lease held, networks all, storage bad; nothing shows to be dead
                    lease held, networks all, health stale; nothing shows to be dead
                    lease held, networks all, health unknown; nothing shows to be dead
                    lease held, networks none, health stale, probe silent; nothing shows to be dead
                    lease held, networks some, network storage gone; nothing shows to be dead
                    networks all|some, power off; nothing shows to be dead
                    networks missing|none|unknown, power unknown|off; nothing shows to be dead
                    """)
    void noRowFencesAHostThatMayLive(String when, String why) {
        refused(why, row("one", when, HealthState.LOST, ALL_THREE));
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
                    lease gone; ALIVE; calls a host alive that is not heard
                    lease held, networks all; SUSPECTED; suspects a host that is heard
                    lease gone, networks none, probe silent; DEGRADED; shows no sign of life
                    lease gone, networks none, probe open, slot still; DEGRADED; shows no sign of life
                    lease gone, networks none, probe open, guests quiet; DEGRADED; shows no sign of life
                    """)
    void aStateNeedsWhatItsWordSays(String when, HealthState state, String why) {
        refused(why, row("one", when, state, state == HealthState.SUSPECTED ? told() : List.of()));
    }

    /** Of a host that is not fenced for it, a sign of life is enough. */
    @Test
    void whoseGuestsWriteMayBeCalledIsolatedOrDegraded() {
        HealthRow last = row("last", "anything", HealthState.SUSPECTED, told());
        HealthRow heard = row("heard", "lease held, networks all|some", HealthState.ALIVE, List.of());
        assertThat(new HealthTable(List.of(
                                heard,
                                row(
                                        "isolated",
                                        "lease gone, networks none, probe silent|mute, guests active",
                                        HealthState.ISOLATED,
                                        told()),
                                row("writes", "guests active", HealthState.DEGRADED, told()),
                                last))
                        .rowFor(reading("lease gone, networks missing, guests active"))
                        .name())
                .isEqualTo("writes");
    }

    @Test
    void isolatedNeedsSomebodyWhoWrites() {
        refused(
                "calls a host isolated of which that is not known",
                row("one", "lease gone, networks none, probe silent", HealthState.ISOLATED, told()));
        refused(
                "calls a host isolated of which that is not known",
                row(
                        "one",
                        "lease gone, networks none, probe silent, guests active|quiet",
                        HealthState.ISOLATED,
                        told()));
    }

    @Test
    void anOrderNeedsAnAgent() {
        refused(
                "gives an order to an agent that cannot take one",
                row("one", "probe refused", HealthState.DEGRADED, List.of(Reaction.RESTART_LIBVIRTD)));
    }

    @Test
    void whatFollowsMustFitTheState() {
        assertThatThrownBy(() -> row("one", "lease held", HealthState.ALIVE, List.of(Reaction.TELL)))
                .hasMessageContaining("row 'one': nothing follows from 'alive'");
        assertThatThrownBy(() -> row("one", "lease held", HealthState.DEGRADED, List.of(Reaction.FENCE)))
                .hasMessageContaining("is not fenced");
        assertThatThrownBy(() -> row("one", "anything", HealthState.SUSPECTED, ALL_THREE))
                .hasMessageContaining("is not touched");
        assertThatThrownBy(() -> row("one", "power off", HealthState.LOST, told()))
                .hasMessageContaining("a lost host is fenced");
        assertThatThrownBy(() -> row("one", "anything", HealthState.SUSPECTED, List.of()))
                .hasMessageContaining("add 'tell' and 'stop-placing'");
        assertThatThrownBy(() -> row("one", "lease held", HealthState.DEGRADED, List.of(Reaction.TELL, Reaction.TELL)))
                .hasMessageContaining("named twice");
        assertThatThrownBy(() -> row("One", "lease held", HealthState.ALIVE, List.of()))
                .hasMessageContaining("'One' is not");
        assertThatThrownBy(() -> new HealthRow("one", "lease held", HealthState.ALIVE, List.of(), " "))
                .hasMessageContaining("'says'");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
                    leese gone; 'leese' is no column, they are lease, networks, slot
                    lease lost; 'lease' cannot be 'lost', it is one of held, missing, gone, unknown
                    lease; 'lease' is not a condition
                    lease gone, lease held; 'lease' is named twice
                    network storage; 'network storage' is not a condition
                    network storage away; 'network storage' cannot be 'away'
                    network Storage gone; 'Storage' is not
                    lease held,; '' is not a condition
                    """, quoteCharacter = '"')
    void aConditionThatCannotBeReadIsExplained(String when, String why) {
        assertThatThrownBy(() -> row("one", when, HealthState.ALIVE, List.of()))
                .hasMessageContaining("row 'one', when: ")
                .hasMessageContaining(why);
    }

    @Test
    void aTableHasRowsWithDifferentNames() {
        assertThatThrownBy(() -> new HealthTable(List.of())).hasMessageContaining("1 to 60 rows, not 0");
        refused("two rows are called 'rest'", row("rest", "lease gone", HealthState.SUSPECTED, told()));
    }

    @Test
    void aRowMayNameANetwork() {
        HealthTable named = new HealthTable(List.of(
                row("no-storage", "lease held, network storage gone, networks some", HealthState.DEGRADED, told()),
                row("well", "lease held, networks all|some", HealthState.ALIVE, List.of()),
                row("rest", "anything", HealthState.SUSPECTED, told())));
        Reading some = reading("lease held, networks some");
        assertThat(named.rowFor(some.with(Map.of(STORAGE, Column.Place.GONE))).name())
                .isEqualTo("no-storage");
        assertThat(named.rowFor(some.with(Map.of(STORAGE, Column.Place.PRESENT)))
                        .name())
                .isEqualTo("well");
        assertThat(named.rowFor(some).name()).isEqualTo("well");
    }

    @ParameterizedTest
    @EnumSource(AgentHealth.Aspect.class)
    void eachThingThatAnAgentSaysHasAColumn(AgentHealth.Aspect aspect) {
        assertThat(Column.of(aspect).name()).isEqualTo(aspect.name());
        assertThat(Column.of(aspect).isWord()).isTrue();
    }

    @Test
    void aReadingIsWrittenAsARowWouldBe() {
        Reading reading = reading("lease gone, networks none, slot beating, probe silent, power unknown");
        assertThat(reading).hasToString("lease gone, networks none, slot beating, probe silent, power unknown");
        assertThat(When.parse(reading.toString()).contains(reading)).isTrue();
        assertThat(reading.with(Column.GUESTS, Column.Guests.ACTIVE))
                .hasToString("lease gone, networks none, slot beating, guests active, probe silent, power unknown");
        assertThat(When.parse("networks none|missing, lease gone, network storage gone"))
                .hasToString("lease gone, networks missing|none, network storage gone");
        assertThat(When.parse("anything")).hasToString("anything");
    }

    /** The row, with one above and below that make a whole table of it. */
    private static void refused(String why, HealthRow row) {
        assertThatThrownBy(() -> new HealthTable(List.of(
                        row,
                        row("well", "lease held, networks all|some", HealthState.ALIVE, List.of()),
                        row("rest", "anything", HealthState.SUSPECTED, told()))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("membership.health: ")
                .hasMessageContaining(why);
    }

    private static HealthRow row(String name, String when, HealthState state, List<Reaction> reactions) {
        return new HealthRow(name, when, state, reactions, name);
    }

    private static List<Reaction> told() {
        return List.of(Reaction.TELL, Reaction.STOP_PLACING);
    }

    private static Reading reading(String signals) {
        return When.parse(signals).example();
    }

    private static Reading anyPossible(Random random) {
        List<Box> possible = TableCheck.possible(List.of(When.parse("network storage gone")));
        while (true) {
            Reading reading = Reading.NOTHING;
            for (Column column : Column.values()) {
                boolean plain = column.isWord() && random.nextInt(3) > 0;
                reading = plain
                        ? reading
                        : reading.with(column, random.nextInt(column.words().size()));
            }
            Map<Network, Column.Place> places = new HashMap<>();
            places.put(STORAGE, Column.Place.values()[random.nextInt(3)]);
            Reading drawn = reading.with(places);
            if (possible.stream().anyMatch(box -> box.contains(drawn))) {
                return drawn;
            }
        }
    }

    private static String anyWhen(Random random) {
        List<String> items = new ArrayList<>();
        for (Column column : Column.values()) {
            if (random.nextInt(4) == 0) {
                items.add(column.word() + " " + some(random, column.words()));
            }
        }
        if (random.nextInt(6) == 0) {
            items.add("network storage " + some(random, List.of("present", "gone", "unknown")));
        }
        return items.isEmpty() ? "anything" : String.join(", ", items);
    }

    private static String some(Random random, List<String> words) {
        List<String> chosen =
                words.stream().filter(word -> random.nextBoolean()).toList();
        return chosen.isEmpty() ? words.getFirst() : String.join("|", chosen);
    }

    private static boolean matches(String when, Reading reading) {
        if (when.equals("anything")) {
            return true;
        }
        Map<String, String> values = new HashMap<>();
        for (Column column : Column.values()) {
            values.put(column.word(), column.words().get(reading.value(column)));
        }
        values.put("network storage", reading.places().get(STORAGE).name().toLowerCase(java.util.Locale.ROOT));
        return Arrays.stream(when.split(", ")).allMatch(item -> {
            int end = item.lastIndexOf(' ');
            return List.of(item.substring(end + 1).split("\\|")).contains(values.get(item.substring(0, end)));
        });
    }
}
