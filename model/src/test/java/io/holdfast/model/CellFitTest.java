package io.holdfast.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.HostTopology.Cell;
import io.holdfast.model.NumaWish.GuestCell;
import io.holdfast.model.NumaWish.Pages;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CellFitTest {

    /** Two cells: four dedicated processors and large pages in the first, two in the second. */
    private static final HostTopology TWO =
            HostTopology.parse("0:4096:2,10,3,11:0-1,8-9:2048x512,1048576x2;1:8192:6,14:4-5,7,12-13,15:");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "dedicated,0,unsaid,0   | 2 | 1024 | 1:2:1024:0:6,14:",
                "dedicated,0,unsaid,0   | 4 | 1024 | 0:4:1024:0:2,10,3,11:",
                "dedicated,0,unsaid,0   | 5 | 1024 | has 4 dedicated processors free in one cell, the instance wants 5",
                "dedicated,2,unsaid,0   | 4 | 1024 | 0:2:512:0:2,10:;1:2:512:0:6,14:",
                "dedicated,2,unsaid,0   | 5 | 1025 | 0:3:513:0:2,10,3:;1:2:512:0:6,14:",
                "dedicated,2,unsaid,0   | 6 | 1024 | has no 2 cells that each have 3 dedicated processors and 512 MiB free",
                "dedicated,3,unsaid,0   | 6 | 1024 | has 2 cells, the instance wants 3",
                "dedicated,0,unsaid,0   | 4 | 8000 | has no cell with 4 dedicated processors and 8000 MiB free",
                "dedicated,0,unsaid,0   | 2 | 9000 | has no cell with 9000 MiB free",
                "shared,0,small,0       | 2 | 5000 | 1:2:5000:0::4-5,7,12-13,15",
                "shared,2,unsaid,0      | 2 | 1024 | 1:1:512:0::4-5,7,12-13,15;0:1:512:0::0-1,8-9",
                "shared,0,unsaid,0      | 2 | 1024 | ''",
                "shared,1,unsaid,0      | 7 | 1024 | has 6 shared processors in one cell, the instance wants 7",
                "shared,0,large,0       | 1 | 2048 | 0:1:2048:1048576::0-1,8-9",
                "shared,0,large,0       | 1 | 1024 | 0:1:1024:1048576::0-1,8-9",
                "shared,0,large,0       | 1 | 1000 | 0:1:1000:2048::0-1,8-9",
                "shared,0,large,0       | 1 | 1001 | has no cell with 1001 MiB free in large pages",
                "shared,0,any,0         | 1 | 6000 | 1:1:6000:0::4-5,7,12-13,15",
                "shared,0,exact,2048    | 1 | 1024 | 0:1:1024:2048::0-1,8-9",
                "shared,0,exact,2048    | 1 | 1026 | has no cell with 1026 MiB free in pages of 2 MiB",
                "shared,0,exact,1048576 | 1 | 3072 | has no cell with 3072 MiB free in pages of 1 GiB",
                "shared,0,exact,16      | 1 | 1024 | has no cell with 1024 MiB free in pages of 16 KiB",
                "shared,0,exact,4       | 1 | 5000 | 1:1:5000:0::4-5,7,12-13,15",
                "dedicated,0,exact,2048 | 2 | 1024 | 0:2:1024:2048:2,10:",
            })
    void whatFitsWhere(String wish, int vcpus, int memoryMib, String answer) {
        NumaWish wanted = NumaWish.parse(wish.equals("shared,0,unsaid,0") ? "" : wish);
        Optional<CellClaim> claim = CellFit.fit(TWO, wanted, vcpus, memoryMib);
        if (answer.startsWith("has ")) {
            assertThat(claim).isEmpty();
            assertThat(CellFit.objection(TWO, wanted, vcpus, memoryMib)).isEqualTo(answer);
        } else {
            assertThat(claim).map(CellClaim::toString).contains(answer);
            assertThat(CellFit.objection(TWO, wanted, vcpus, memoryMib)).isNull();
        }
    }

    @Test
    void aHostThatSaysNothingTakesOnlyWhoFloats() {
        assertThat(CellFit.fit(HostTopology.NONE, NumaWish.NONE, 4, 4096)).contains(CellClaim.NONE);
        assertThat(CellFit.objection(HostTopology.NONE, new NumaWish(true, 0, Pages.UNSAID, 0), 1, 1))
                .isEqualTo("has not said which processors and memory it has");
    }

    /** The only cell that the second part can have, whose memory no page of two MiB divides, is the tightest for the first. */
    @Test
    void whoHasAChoiceGivesWay() {
        HostTopology host = HostTopology.parse("0:600::0-3:;1:0::4-7:2048x4500");
        assertThat(CellFit.fit(host, new NumaWish(false, 2, Pages.ANY, 0), 2, 1027))
                .map(CellClaim::toString)
                .contains("1:1:514:2048::4-7;0:1:513:0::0-3");
    }

    @Test
    void whatIsGivenBackIsThereAgainAndWhatIsNotThereIsNobodysLoss() {
        CellClaim claim = CellClaim.parse("0:2:1024:2048:2,10:;1:1:8000:0:6:;7:1:64:0:99:");
        assertThat(TWO.without(List.of(claim)))
                .hasToString("0:4096:3,11:0-1,8-9:2048x0,1048576x2;1:192:14:4-5,7,12-13,15:");
        assertThat(TWO.without(List.of(claim, CellClaim.parse("1:1:8000:0:6:")))
                        .cells()
                        .get(1)
                        .memoryMib())
                .isZero();
        assertThat(TWO.without(List.of())).isSameAs(TWO);
        assertThat(TWO.floating()).isEqualTo("0-1,4-5,7-9,12-13,15");
        assertThat(HostTopology.parse("0:1024::0-3:").floating()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0:1:2:3", "0:x:::", "0:-1:::", "0:1:::2048", "0:1:::;0:1:::", "-1:1:::", "a:b:c:d:e"})
    void whatIsNoTopologyIsRefused(String text) {
        assertThatThrownBy(() -> HostTopology.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0:2:64:0:1:", "0:1:64:0::", "0:0:64:0::1", "0:1:64:-4:1:", "x:1:1:0:1:"})
    void whatIsNoClaimIsRefused(String text) {
        assertThatThrownBy(() -> CellClaim.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    /** Against everything that could be tried. */
    @Property(tries = 3000)
    void aFitIsFoundExactlyWhenThereIsOneAndNothingIsGivenTwice(@ForAll long seed) {
        Random random = new Random(seed);
        HostTopology host = host(random);
        assertThat(HostTopology.parse(host.toString())).isEqualTo(host);
        HostTopology left = host;
        Set<Integer> given = new HashSet<>();
        for (int round = 0; round < 4; round++) {
            NumaWish wish = wish(random);
            int vcpus = Math.max(1, wish.nodes()) + random.nextInt(4);
            int memoryMib = Math.max(1, wish.nodes()) + random.nextInt(12);
            Optional<CellClaim> claim = CellFit.fit(left, wish, vcpus, memoryMib);
            assertThat(claim.isPresent())
                    .as("%s of %d vCPU, %d MiB on %s, seed %s", wish, vcpus, memoryMib, left, seed)
                    .isEqualTo(exists(left, wish, wish.cells(vcpus, memoryMib), 0, new HashSet<>()));
            assertThat(CellFit.objection(left, wish, vcpus, memoryMib) == null).isEqualTo(claim.isPresent());
            assertThat(CellFit.fit(left, wish, vcpus, memoryMib)).isEqualTo(claim);
            if (claim.isPresent()) {
                assertThat(CellClaim.parse(claim.get().toString())).isEqualTo(claim.get());
                assertHas(left, wish, wish.cells(vcpus, memoryMib), claim.get());
                claim.get()
                        .parts()
                        .forEach(part -> part.pins()
                                .forEach(pin -> assertThat(given.add(pin))
                                        .as("processor %s", pin)
                                        .isTrue()));
                left = left.without(List.of(claim.get()));
            }
        }
    }

    /** Each part has what it wants of a cell of its own, which had it. */
    private static void assertHas(HostTopology left, NumaWish wish, List<GuestCell> guest, CellClaim claim) {
        assertThat(claim.parts()).hasSize(wish.wantsSomething() ? guest.size() : 0);
        Set<Integer> cells = new HashSet<>();
        for (int i = 0; i < claim.parts().size(); i++) {
            CellClaim.Part part = claim.parts().get(i);
            Cell cell = left.cells().stream()
                    .filter(one -> one.id() == part.cell())
                    .findFirst()
                    .orElseThrow();
            assertThat(cells.add(part.cell())).isTrue();
            assertThat(part.vcpus()).isEqualTo(guest.get(i).vcpus());
            assertThat(part.memoryMib()).isEqualTo(guest.get(i).memoryMib());
            assertThat(sizes(cell, wish, guest.get(i))).contains(part.pageKib());
            if (wish.dedicated()) {
                assertThat(part.pins())
                        .hasSize(part.vcpus())
                        .doesNotHaveDuplicates()
                        .isSubsetOf(cell.dedicated());
            } else {
                assertThat(part.shared()).isEqualTo(cell.shared());
            }
        }
    }

    private static boolean exists(
            HostTopology left, NumaWish wish, List<GuestCell> guest, int next, Set<Integer> taken) {
        if (next == guest.size() || !wish.wantsSomething()) {
            return true;
        }
        for (Cell cell : left.cells()) {
            int processors =
                    wish.dedicated() ? cell.dedicated().size() : cell.shared().size();
            if (processors >= guest.get(next).vcpus()
                    && !sizes(cell, wish, guest.get(next)).isEmpty()
                    && taken.add(cell.id())) {
                if (exists(left, wish, guest, next + 1, taken)) {
                    return true;
                }
                taken.remove(cell.id());
            }
        }
        return false;
    }

    /** All that would do, 0 for small pages. */
    private static Set<Integer> sizes(Cell cell, NumaWish wish, GuestCell part) {
        Set<Integer> sizes = new HashSet<>();
        Pages pages = wish.pages();
        boolean small = pages == Pages.UNSAID || pages == Pages.SMALL || pages == Pages.ANY;
        if ((small || wish.pageKib() == 4) && part.memoryMib() <= cell.memoryMib()) {
            sizes.add(0);
        }
        cell.pages().forEach((size, count) -> {
            boolean wanted = pages == Pages.LARGE || pages == Pages.ANY || wish.pageKib() == size;
            if (wanted && part.memoryMib() * 1024 % size == 0 && part.memoryMib() * 1024 / size <= count) {
                sizes.add(size);
            }
        });
        return sizes;
    }

    private static HostTopology host(Random random) {
        List<Cell> cells = new ArrayList<>();
        int number = 0;
        for (int id = 0; id < 1 + random.nextInt(4); id++) {
            List<Integer> dedicated = new ArrayList<>();
            Set<Integer> shared = new HashSet<>();
            for (int i = random.nextInt(6); i >= 0; i--) {
                if (random.nextBoolean()) {
                    dedicated.add(number++);
                } else {
                    shared.add(number++);
                }
            }
            SortedMap<Integer, Integer> pages = new TreeMap<>();
            if (random.nextBoolean()) {
                pages.put(2048, random.nextInt(6));
            }
            if (random.nextInt(3) == 0) {
                pages.put(4096, random.nextInt(4));
            }
            cells.add(new Cell(id, random.nextInt(12), dedicated, new TreeSet<>(shared), pages));
        }
        return new HostTopology(cells);
    }

    private static NumaWish wish(Random random) {
        Pages pages = Pages.values()[random.nextInt(Pages.values().length)];
        int kib = pages == Pages.EXACT ? List.of(4, 2048, 4096).get(random.nextInt(3)) : 0;
        return new NumaWish(random.nextBoolean(), random.nextInt(4), pages, kib);
    }
}
