package io.holdfast.model;

import io.holdfast.model.HostTopology.Cell;
import io.holdfast.model.NumaWish.GuestCell;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which cells and devices of a host an instance gets. Here, because the scheduler plans with it and the claim decides with it, and neither knows the other.
 *
 * <p>Each of the guest's cells is in another cell of the host, the tightest that will do, so that wide gaps stay for whoever needs them. A fit is
 * found whenever there is one: a cell that somebody has taken is taken from him again when he has another choice. The answer depends on what is
 * asked alone.
 */
public final class CellFit {

    private static final int NO_PAGES = -1;
    private static final int FREE = -1;

    private CellFit() {}

    /**
     * Where it fits, or nothing. A wish for nothing gets nothing, and always fits.
     *
     * @param left what nobody has
     */
    public static Optional<CellClaim> fit(HostTopology left, NumaWish wish, int vcpus, int memoryMib) {
        return left.devices()
                .take(wish.devices())
                .flatMap(devices -> cells(left, wish, vcpus, memoryMib).map(parts -> new CellClaim(parts, devices)));
    }

    /** The cells alone. */
    private static Optional<List<CellClaim.Part>> cells(HostTopology left, NumaWish wish, int vcpus, int memoryMib) {
        if (!wish.wantsCells()) {
            return Optional.of(List.of());
        }
        List<GuestCell> guest = wish.cells(vcpus, memoryMib);
        List<List<Cell>> candidates =
                guest.stream().map(part -> candidates(left, wish, part)).toList();
        int[] takenBy = new int[left.cells().size()];
        Arrays.fill(takenBy, FREE);
        for (int part = 0; part < guest.size(); part++) {
            if (!place(part, left, candidates, takenBy, new boolean[takenBy.length])) {
                return Optional.empty();
            }
        }
        SortedMap<Integer, CellClaim.Part> parts = new TreeMap<>();
        for (int at = 0; at < takenBy.length; at++) {
            if (takenBy[at] != FREE) {
                parts.put(takenBy[at], part(left.cells().get(at), wish, guest.get(takenBy[at])));
            }
        }
        return Optional.of(List.copyOf(parts.values()));
    }

    /** Gives this part a cell; those who have one may have to take another. */
    private static boolean place(
            int part, HostTopology left, List<List<Cell>> candidates, int[] takenBy, boolean[] tried) {
        for (Cell cell : candidates.get(part)) {
            int at = left.cells().indexOf(cell);
            if (tried[at]) {
                continue;
            }
            tried[at] = true;
            if (takenBy[at] == FREE || place(takenBy[at], left, candidates, takenBy, tried)) {
                takenBy[at] = part;
                return true;
            }
        }
        return false;
    }

    /** The tightest first. */
    private static List<Cell> candidates(HostTopology left, NumaWish wish, GuestCell part) {
        return left.cells().stream()
                .filter(cell -> hasProcessors(cell, wish, part) && pageKib(cell, wish, part) != NO_PAGES)
                .sorted(Comparator.comparingInt((Cell cell) ->
                                wish.dedicated() ? cell.dedicated().size() : 0)
                        .thenComparingLong(cell -> freeMib(cell, pageKib(cell, wish, part)))
                        .thenComparingInt(Cell::id))
                .toList();
    }

    private static boolean hasProcessors(Cell cell, NumaWish wish, GuestCell part) {
        return processors(cell, wish) >= part.vcpus();
    }

    private static int processors(Cell cell, NumaWish wish) {
        return wish.dedicated() ? cell.dedicated().size() : cell.shared().size();
    }

    /** The size of the pages that it would get there, 0 for small ones, or {@link #NO_PAGES}. */
    private static int pageKib(Cell cell, NumaWish wish, GuestCell part) {
        return switch (wish.pages()) {
            case UNSAID, SMALL -> small(cell, part);
            case LARGE -> large(cell, part);
            case ANY -> {
                int large = large(cell, part);
                yield large != NO_PAGES ? large : small(cell, part);
            }
            case EXACT ->
                wish.pageKib() == NumaWish.SMALL_KIB
                        ? small(cell, part)
                        : hasPages(cell, part, wish.pageKib()) ? wish.pageKib() : NO_PAGES;
        };
    }

    private static int small(Cell cell, GuestCell part) {
        return part.memoryMib() <= cell.memoryMib() ? 0 : NO_PAGES;
    }

    private static int large(Cell cell, GuestCell part) {
        return new ArrayList<>(cell.pages().keySet())
                .reversed().stream()
                        .filter(size -> hasPages(cell, part, size))
                        .findFirst()
                        .orElse(NO_PAGES);
    }

    private static boolean hasPages(Cell cell, GuestCell part, int size) {
        long kib = part.memoryMib() * 1024L;
        return kib % size == 0 && kib / size <= cell.pages().getOrDefault(size, 0);
    }

    private static long freeMib(Cell cell, int pageKib) {
        return pageKib == 0 ? cell.memoryMib() : (long) pageKib * cell.pages().getOrDefault(pageKib, 0) / 1024;
    }

    private static CellClaim.Part part(Cell cell, NumaWish wish, GuestCell part) {
        return new CellClaim.Part(
                cell.id(),
                part.vcpus(),
                part.memoryMib(),
                pageKib(cell, wish, part),
                wish.dedicated() ? cell.dedicated().subList(0, part.vcpus()) : List.of(),
                wish.dedicated() ? new TreeSet<>() : cell.shared());
    }

    /** Why it does not fit, in words for people, or null when it does. */
    public static @Nullable String objection(HostTopology left, NumaWish wish, int vcpus, int memoryMib) {
        String devices = left.devices().objection(wish.devices());
        String cells = ofCells(left, wish, vcpus, memoryMib);
        return devices == null || cells == null ? (cells == null ? devices : cells) : cells + "; " + devices;
    }

    /** The same of the cells alone. */
    public static @Nullable String ofCells(HostTopology left, NumaWish wish, int vcpus, int memoryMib) {
        if (cells(left, wish, vcpus, memoryMib).isPresent()) {
            return null;
        }
        if (left.cells().isEmpty()) {
            return "has not said which processors and memory it has";
        }
        List<GuestCell> guest = wish.cells(vcpus, memoryMib);
        if (guest.size() > left.cells().size()) {
            return "has " + left.cells().size() + " cells, the instance wants " + guest.size();
        }
        GuestCell largest = guest.getFirst();
        String kind = wish.dedicated() ? " dedicated processors free in one cell" : " shared processors in one cell";
        int most = left.cells().stream()
                .mapToInt(cell -> processors(cell, wish))
                .max()
                .orElse(0);
        if (most < largest.vcpus()) {
            return "has " + most + kind + ", the instance wants " + largest.vcpus();
        }
        boolean anyHasMemory = left.cells().stream().anyMatch(cell -> pageKib(cell, wish, largest) != NO_PAGES);
        if (!anyHasMemory) {
            return "has no cell with " + largest.memoryMib() + " MiB free" + inPages(wish);
        }
        return "has no " + (guest.size() == 1 ? "cell with" : guest.size() + " cells that each have") + " "
                + largest.vcpus() + (wish.dedicated() ? " dedicated" : " shared") + " processors and "
                + largest.memoryMib() + " MiB" + inPages(wish) + " free";
    }

    private static String inPages(NumaWish wish) {
        return switch (wish.pages()) {
            case UNSAID, SMALL, ANY -> "";
            case LARGE -> " in large pages";
            case EXACT -> " in pages of " + size(wish.pageKib());
        };
    }

    private static String size(int kib) {
        for (Map.Entry<Integer, String> unit : List.of(Map.entry(1024 * 1024, " GiB"), Map.entry(1024, " MiB"))) {
            if (kib % unit.getKey() == 0) {
                return kib / unit.getKey() + unit.getValue();
            }
        }
        return kib + " KiB";
    }
}
