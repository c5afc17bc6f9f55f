package io.holdfast.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.StringJoiner;
import java.util.TreeSet;

/**
 * What an instance has of its host's cells and devices.
 *
 * @param parts of the guest's cells, in their order; none for an instance that floats
 * @param devices what it was given of the host's PCI devices
 */
public record CellClaim(List<Part> parts, Devices devices) {

    /** Of an instance that floats, without devices. */
    public static final CellClaim NONE = new CellClaim(List.of(), Devices.NONE);

    /**
     * One of the guest's cells.
     *
     * @param cell where it is on the host
     * @param pageKib the size of its memory's pages in KiB; 0 for small ones
     * @param pins of each of its processors, in their order, which one of the host's it is; none when they float over {@code shared}
     * @param shared where they may run; none when they are pinned
     */
    public record Part(int cell, int vcpus, int memoryMib, int pageKib, List<Integer> pins, SortedSet<Integer> shared) {

        public Part {
            pins = List.copyOf(pins);
            shared = Collections.unmodifiableSortedSet(new TreeSet<>(shared));
            if (vcpus < 1
                    || memoryMib < 0
                    || pageKib < 0
                    || (pins.isEmpty() ? shared.isEmpty() : pins.size() != vcpus)) {
                throw new IllegalArgumentException(vcpus + " vCPU on " + pins + shared + ", " + memoryMib
                        + " MiB in pages of " + pageKib + " KiB");
            }
        }

        /** How many large pages it has. */
        public int pages() {
            return pageKib == 0 ? 0 : (int) (memoryMib * 1024L / pageKib);
        }
    }

    public CellClaim {
        parts = List.copyOf(parts);
        // A journal of an earlier release has none.
        devices = devices == null ? Devices.NONE : devices;
    }

    /** Of one without devices. */
    public CellClaim(List<Part> parts) {
        this(parts, Devices.NONE);
    }

    /** Whether it has nothing of the host's cells. */
    public boolean floats() {
        return parts.isEmpty();
    }

    /**
     * Reads what {@link #toString} wrote.
     *
     * @throws IllegalArgumentException when it is something else
     */
    public static CellClaim parse(String text) {
        if (text.isEmpty()) {
            return NONE;
        }
        int slash = text.indexOf('/');
        Devices devices = slash < 0 ? Devices.NONE : Devices.parse(text.substring(slash + 1));
        String ofCells = slash < 0 ? text : text.substring(0, slash);
        List<Part> parts = new ArrayList<>();
        for (String one : ofCells.isEmpty() ? new String[0] : ofCells.split(";", -1)) {
            String[] fields = one.split(":", -1);
            if (fields.length != 6) {
                throw new IllegalArgumentException("'" + one + "' is no part of a claim");
            }
            List<Integer> pins = new ArrayList<>();
            for (String pin : fields[4].isEmpty() ? new String[0] : fields[4].split(",", -1)) {
                pins.add(Integer.parseInt(pin));
            }
            parts.add(new Part(
                    Integer.parseInt(fields[0]),
                    Integer.parseInt(fields[1]),
                    Integer.parseInt(fields[2]),
                    Integer.parseInt(fields[3]),
                    pins,
                    Processors.parse(fields[5])));
        }
        return new CellClaim(parts, devices);
    }

    /** {@code 0:4:4096:2048:2,18,3,19:;…}: the cell, vCPU, MiB, KiB of a page, the pins or where it floats; behind a slash its devices, if it has any. Empty for nothing. */
    @Override
    public String toString() {
        StringJoiner all = new StringJoiner(";");
        for (Part part : parts) {
            StringJoiner pins = new StringJoiner(",");
            part.pins().forEach(pin -> pins.add(pin.toString()));
            all.add(part.cell() + ":" + part.vcpus() + ":" + part.memoryMib() + ":" + part.pageKib() + ":" + pins + ":"
                    + Processors.text(part.shared()));
        }
        return devices.of().isEmpty() ? all.toString() : all + "/" + devices;
    }
}
