package io.holdfast.compute.libvirt;

import io.holdfast.compute.libvirt.DomainXml.Writer;
import io.holdfast.model.CellClaim;
import io.holdfast.model.Devices;
import io.holdfast.model.Processors;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;

/** What a guest has of its host's cells and devices, in libvirt's description of it. Of a guest that floats it writes nothing but where it may. Pure. */
final class CellsXml {

    private CellsXml() {}

    /** Large pages, processors, and what is pinned to what. */
    static void resources(Writer xml, int vcpus, CellClaim claim, @Nullable String floating) throws XMLStreamException {
        if (claim.floats()) {
            if (floating == null) {
                xml.text("vcpu", Integer.toString(vcpus));
            } else {
                xml.text("vcpu", Integer.toString(vcpus), "cpuset", floating);
            }
            return;
        }
        if (claim.parts().stream().anyMatch(part -> part.pageKib() > 0)) {
            xml.open("memoryBacking");
            xml.open("hugepages");
            for (int node = 0; node < claim.parts().size(); node++) {
                int size = claim.parts().get(node).pageKib();
                if (size > 0) {
                    xml.empty("page", "size", Integer.toString(size), "unit", "KiB", "nodeset", Integer.toString(node));
                }
            }
            xml.close();
            xml.close();
        }
        SortedSet<Integer> everywhere = new TreeSet<>();
        claim.parts().forEach(part -> everywhere.addAll(processors(part)));
        xml.text("vcpu", Integer.toString(vcpus), "cpuset", Processors.text(everywhere));
        xml.open("cputune");
        int vcpu = 0;
        for (CellClaim.Part part : claim.parts()) {
            for (int i = 0; i < part.vcpus(); i++) {
                String where = part.pins().isEmpty()
                        ? Processors.text(part.shared())
                        : part.pins().get(i).toString();
                xml.empty("vcpupin", "vcpu", Integer.toString(vcpu++), "cpuset", where);
            }
        }
        // Its own threads for disks and the console run where its processors do, and take nothing from other guests.
        xml.empty("emulatorpin", "cpuset", Processors.text(everywhere));
        xml.close();
        xml.open("numatune");
        List<Integer> cells = new ArrayList<>();
        claim.parts().forEach(part -> cells.add(part.cell()));
        xml.empty("memory", "mode", "strict", "nodeset", Processors.text(cells));
        for (int node = 0; node < cells.size(); node++) {
            xml.empty(
                    "memnode",
                    "cellid",
                    Integer.toString(node),
                    "mode",
                    "strict",
                    "nodeset",
                    cells.get(node).toString());
        }
        xml.close();
    }

    /** Its processor, with the cells that the guest sees. */
    static void cpu(Writer xml, String mode, CellClaim claim) throws XMLStreamException {
        if (claim.floats()) {
            xml.empty("cpu", "mode", mode);
            return;
        }
        xml.open("cpu", "mode", mode);
        xml.open("numa");
        int first = 0;
        for (int node = 0; node < claim.parts().size(); node++) {
            CellClaim.Part part = claim.parts().get(node);
            int last = first + part.vcpus() - 1;
            xml.empty(
                    "cell",
                    "id",
                    Integer.toString(node),
                    "cpus",
                    first == last ? Integer.toString(first) : first + "-" + last,
                    "memory",
                    Integer.toString(part.memoryMib()),
                    "unit",
                    "MiB");
            first = last + 1;
        }
        xml.close();
        xml.close();
    }

    /** PCI devices of the host; libvirt takes them from the host's drivers, and gives them back. */
    static void devices(Writer xml, Devices devices) throws XMLStreamException {
        for (String address : devices.addresses()) {
            String[] parts = address.split("[:.]", -1);
            xml.open("hostdev", "mode", "subsystem", "type", "pci", "managed", "yes");
            xml.open("source");
            xml.empty(
                    "address",
                    "domain",
                    "0x" + parts[0],
                    "bus",
                    "0x" + parts[1],
                    "slot",
                    "0x" + parts[2],
                    "function",
                    "0x" + parts[3]);
            xml.close();
            xml.close();
        }
    }

    private static SortedSet<Integer> processors(CellClaim.Part part) {
        return part.pins().isEmpty() ? part.shared() : new TreeSet<>(part.pins());
    }
}
