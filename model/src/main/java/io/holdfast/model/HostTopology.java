package io.holdfast.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a host gives by the piece: its cells, which processors and how much memory are near to each other, and its PCI devices. Also what is left of them once some of it is
 * somebody's.
 *
 * @param cells by their number; none for a host that does not say
 * @param devices those that guests may have
 */
public record HostTopology(List<Cell> cells, Devices devices) {

    /** Of a host that does not say. */
    public static final HostTopology NONE = new HostTopology(List.of(), Devices.NONE);

    /**
     * One cell.
     *
     * @param id its number on the host
     * @param memoryMib memory in small pages
     * @param dedicated processors that instances may have for themselves, in the order in which they are given: threads of one core stand together
     * @param shared the others
     * @param pages by size in KiB, how many large pages there are
     */
    public record Cell(
            int id,
            int memoryMib,
            List<Integer> dedicated,
            SortedSet<Integer> shared,
            SortedMap<Integer, Integer> pages) {

        public Cell {
            if (id < 0 || memoryMib < 0) {
                throw new IllegalArgumentException("a cell " + id + " of " + memoryMib + " MiB");
            }
            dedicated = List.copyOf(dedicated);
            shared = Collections.unmodifiableSortedSet(new TreeSet<>(shared));
            pages = Collections.unmodifiableSortedMap(new TreeMap<>(pages));
        }
    }

    public HostTopology {
        cells = List.copyOf(cells);
        if (cells.stream().map(Cell::id).distinct().count() != cells.size()) {
            throw new IllegalArgumentException("two cells have the same number");
        }
    }

    /** Of a host without devices for guests. */
    public HostTopology(List<Cell> cells) {
        this(cells, Devices.NONE);
    }

    /** The same host with other devices. */
    public HostTopology with(Devices other) {
        return new HostTopology(cells, other);
    }

    /** The same without what is somebody's. What is not there any more, because the host has changed, is nobody's loss. */
    public HostTopology without(Collection<CellClaim> held) {
        if (held.isEmpty() || equals(NONE)) {
            return this;
        }
        Map<Integer, Cell> left = new TreeMap<>();
        cells.forEach(cell -> left.put(cell.id(), cell));
        Devices free = devices;
        for (CellClaim claim : held) {
            free = free.without(claim.devices());
        }
        held.forEach(claim -> claim.parts().forEach(part -> {
            Cell cell = left.get(part.cell());
            if (cell != null) {
                left.put(part.cell(), without(cell, part));
            }
        }));
        return new HostTopology(
                cells.stream().map(cell -> left.getOrDefault(cell.id(), cell)).toList(), free);
    }

    private static Cell without(Cell cell, CellClaim.Part part) {
        List<Integer> dedicated = new ArrayList<>(cell.dedicated());
        dedicated.removeAll(part.pins());
        if (part.pageKib() == 0) {
            return new Cell(
                    cell.id(),
                    Math.max(0, cell.memoryMib() - part.memoryMib()),
                    dedicated,
                    cell.shared(),
                    cell.pages());
        }
        SortedMap<Integer, Integer> pages = new TreeMap<>(cell.pages());
        pages.computeIfPresent(part.pageKib(), (size, count) -> Math.max(0, count - part.pages()));
        return new Cell(cell.id(), cell.memoryMib(), dedicated, cell.shared(), pages);
    }

    /** Where guests without processors of their own may run, as libvirt writes it; null where they may run everywhere. */
    public @Nullable String floating() {
        if (cells.stream().allMatch(cell -> cell.dedicated().isEmpty())) {
            return null;
        }
        SortedSet<Integer> shared = new TreeSet<>();
        cells.forEach(cell -> shared.addAll(cell.shared()));
        return Processors.text(shared);
    }

    /**
     * Reads what {@link #toString} wrote.
     *
     * @throws IllegalArgumentException when it is something else
     */
    public static HostTopology parse(String text) {
        if (text.isEmpty()) {
            return NONE;
        }
        int slash = text.indexOf('/');
        Devices devices = slash < 0 ? Devices.NONE : Devices.parse(text.substring(slash + 1));
        String ofCells = slash < 0 ? text : text.substring(0, slash);
        List<Cell> cells = new ArrayList<>();
        for (String one : ofCells.isEmpty() ? new String[0] : ofCells.split(";", -1)) {
            String[] fields = one.split(":", -1);
            if (fields.length != 5) {
                throw new IllegalArgumentException("'" + one + "' is no cell");
            }
            SortedMap<Integer, Integer> pages = new TreeMap<>();
            for (String size : listed(fields[4])) {
                String[] ofSize = size.split("x", -1);
                if (ofSize.length != 2) {
                    throw new IllegalArgumentException("'" + size + "' says nothing of pages");
                }
                pages.put(Integer.parseInt(ofSize[0]), Integer.parseInt(ofSize[1]));
            }
            cells.add(new Cell(
                    Integer.parseInt(fields[0]),
                    Integer.parseInt(fields[1]),
                    listed(fields[2]).stream().map(Integer::valueOf).toList(),
                    Processors.parse(fields[3]),
                    pages));
        }
        return new HostTopology(cells, devices);
    }

    private static List<String> listed(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(",", -1));
    }

    /**
     * {@code 0:65536:2,18,3,19:0-1,16-17:2048x512,1048576x4;1:…}: of each cell its number, its memory, its dedicated processors in their order, the shared ones, and
     * how many large pages there are of each size; behind a slash its devices, if it has any. Empty for a host that does not say.
     */
    @Override
    public String toString() {
        StringJoiner all = new StringJoiner(";");
        for (Cell cell : cells) {
            StringJoiner dedicated = new StringJoiner(",");
            cell.dedicated().forEach(one -> dedicated.add(one.toString()));
            StringJoiner pages = new StringJoiner(",");
            cell.pages().forEach((size, count) -> pages.add(size + "x" + count));
            all.add(cell.id() + ":" + cell.memoryMib() + ":" + dedicated + ":" + Processors.text(cell.shared()) + ":"
                    + pages);
        }
        return devices.of().isEmpty() ? all.toString() : all + "/" + devices;
    }
}
