package io.holdfast.compute.libvirt;

import io.holdfast.compute.Diagnostics;
import io.holdfast.compute.DriverException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.stream.XMLStreamException;
import org.libvirt.Domain;
import org.libvirt.DomainBlockStats;
import org.libvirt.DomainInfo;
import org.libvirt.DomainInterfaceStats;
import org.libvirt.LibvirtException;
import org.libvirt.MemoryStatistic;
import org.libvirt.VcpuInfo;

/** What libvirt counts of a domain. Inside {@link LibvirtCalls}. */
final class LibvirtFigures {

    /** The tag of what the domain's process holds of the host's memory, and how many tags there are at most. */
    private static final int RSS = 7;

    private static final int TAGS = 16;

    private LibvirtFigures() {}

    static Diagnostics read(String doing, Domain domain) throws LibvirtException, DriverException {
        if (domain.isActive() != 1) {
            throw new DriverException(doing + ": it does not run here");
        }
        DomainXml.Devices devices;
        try {
            devices = DomainXml.devices(domain.getXMLDesc(0));
        } catch (XMLStreamException e) {
            throw new IllegalStateException("libvirt's own description of a domain cannot be read", e);
        }
        DomainInfo info = domain.getInfo();
        List<Diagnostics.Disk> disks = new ArrayList<>();
        for (String device : devices.disks()) {
            DomainBlockStats stats = domain.blockStats(device);
            disks.add(new Diagnostics.Disk(
                    device, stats.rd_bytes, stats.rd_req, stats.wr_bytes, stats.wr_req, stats.errs));
        }
        List<Diagnostics.Card> cards = new ArrayList<>();
        for (DomainXml.Devices.Card card : devices.cards()) {
            DomainInterfaceStats stats = domain.interfaceStats(card.device());
            cards.add(new Diagnostics.Card(
                    card.device(),
                    card.mac(),
                    stats.rx_bytes,
                    stats.rx_packets,
                    stats.rx_errs,
                    stats.rx_drop,
                    stats.tx_bytes,
                    stats.tx_packets,
                    stats.tx_errs,
                    stats.tx_drop));
        }
        return new Diagnostics(
                switch (info.state) {
                    case VIR_DOMAIN_PAUSED, VIR_DOMAIN_PMSUSPENDED -> "paused";
                    case VIR_DOMAIN_CRASHED -> "crashed";
                    case VIR_DOMAIN_RUNNING,
                            VIR_DOMAIN_BLOCKED,
                            VIR_DOMAIN_NOSTATE,
                            VIR_DOMAIN_SHUTDOWN,
                            VIR_DOMAIN_SHUTOFF -> "running";
                },
                devices.kvm() ? "kvm" : "qemu",
                Stream.of(domain.getVcpusInfo())
                        .map((VcpuInfo cpu) -> cpu.cpuTime)
                        .toList(),
                info.maxMem,
                Stream.of(domain.memoryStats(TAGS))
                        .filter(one -> one.getTag() == RSS)
                        .map(MemoryStatistic::getValue)
                        .findFirst()
                        .orElse(Diagnostics.UNKNOWN),
                disks,
                cards);
    }
}
