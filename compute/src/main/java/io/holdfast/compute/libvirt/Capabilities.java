package io.holdfast.compute.libvirt;

import io.holdfast.model.HostTopology;
import io.holdfast.model.NumaWish;
import io.holdfast.model.Processors;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/** What libvirt says of its host ({@code virsh capabilities}), as far as it is about cells. Pure. */
final class Capabilities {

    private Capabilities() {}

    /**
     * The host's cells; none where libvirt says nothing of them.
     *
     * @param dedicated the processors that instances may have for themselves
     * @throws IllegalArgumentException when there is no such processor, or when the text cannot be read
     */
    static HostTopology topology(String xml, SortedSet<Integer> dedicated) {
        List<Draft> cells;
        try {
            cells = read(DomainXml.reader(xml));
        } catch (XMLStreamException | NumberFormatException e) {
            throw new IllegalArgumentException(
                    "libvirt's description of this host cannot be read: " + e.getMessage(), e);
        }
        SortedSet<Integer> all = new TreeSet<>();
        cells.forEach(cell -> cell.threads.forEach(thread -> all.add(thread.id)));
        SortedSet<Integer> missing = new TreeSet<>(dedicated);
        missing.removeAll(all);
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException("agent.cpu-dedicated-set names processors " + Processors.text(missing)
                    + (all.isEmpty()
                            ? ", and libvirt does not say which ones this host has"
                            : ", this host has " + Processors.text(all)));
        }
        return new HostTopology(cells.stream()
                .sorted(Comparator.comparingInt(cell -> cell.id))
                .map(cell -> cell.cell(dedicated))
                .toList());
    }

    private static List<Draft> read(XMLStreamReader xml) throws XMLStreamException {
        List<Draft> cells = new ArrayList<>();
        boolean inTopology = false;
        Draft cell = null;
        while (xml.hasNext()) {
            int event = xml.next();
            if (event == XMLStreamConstants.END_ELEMENT) {
                switch (xml.getLocalName()) {
                    case "topology" -> inTopology = false;
                    case "cell" -> cell = null;
                    default -> {}
                }
            } else if (event == XMLStreamConstants.START_ELEMENT) {
                String name = xml.getLocalName();
                if (name.equals("topology")) {
                    inTopology = true;
                } else if (inTopology && name.equals("cell")) {
                    cell = new Draft(number(xml, "id"));
                    cells.add(cell);
                } else if (cell != null) {
                    cell.read(name, xml);
                }
            }
        }
        return cells;
    }

    private static int number(XMLStreamReader xml, String attribute) {
        return Integer.parseInt(String.valueOf(xml.getAttributeValue(null, attribute)));
    }

    /** @param core the first thread of its core */
    private record Processor(int id, int core) {}

    /** A cell that is being read. */
    private static final class Draft {
        private final int id;
        private final List<Processor> threads = new ArrayList<>();
        private final SortedMap<Integer, Integer> pages = new TreeMap<>();
        private long memoryKib;

        Draft(int id) {
            this.id = id;
        }

        void read(String name, XMLStreamReader xml) throws XMLStreamException {
            switch (name) {
                case "memory" -> {
                    String unit = xml.getAttributeValue(null, "unit");
                    memoryKib = kib(unit, Long.parseLong(xml.getElementText().strip()));
                }
                case "pages" -> {
                    int size = Math.toIntExact(kib(xml.getAttributeValue(null, "unit"), number(xml, "size")));
                    int count = (int) Math.min(
                            Integer.MAX_VALUE,
                            Long.parseLong(xml.getElementText().strip()));
                    if (size > NumaWish.SMALL_KIB && count > 0) {
                        pages.put(size, count);
                    }
                }
                case "cpu" -> {
                    int cpu = number(xml, "id");
                    String siblings = xml.getAttributeValue(null, "siblings");
                    // One that is off has no core.
                    SortedSet<Integer> core = siblings == null ? new TreeSet<>() : Processors.parse(siblings);
                    threads.add(new Processor(cpu, core.isEmpty() ? cpu : core.first()));
                }
                default -> {}
            }
        }

        /** libvirt counts in KiB, and says so. */
        private static long kib(@Nullable String unit, long amount) {
            if (unit != null && !unit.equals("KiB")) {
                throw new NumberFormatException(amount + " " + unit + ", where KiB were expected");
            }
            return amount;
        }

        HostTopology.Cell cell(SortedSet<Integer> dedicated) {
            long large = 0;
            for (Map.Entry<Integer, Integer> size : pages.entrySet()) {
                large += (long) size.getKey() * size.getValue();
            }
            List<Integer> own = threads.stream()
                    .filter(thread -> dedicated.contains(thread.id))
                    .sorted(Comparator.comparingInt(Processor::core).thenComparingInt(Processor::id))
                    .map(Processor::id)
                    .toList();
            SortedSet<Integer> shared = new TreeSet<>();
            threads.forEach(thread -> shared.add(thread.id));
            shared.removeAll(own);
            long mib = Math.max(0, memoryKib - large) / 1024;
            return new HostTopology.Cell(id, (int) Math.min(Integer.MAX_VALUE, mib), own, shared, pages);
        }
    }
}
