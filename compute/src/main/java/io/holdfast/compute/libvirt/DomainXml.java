package io.holdfast.compute.libvirt;

import io.holdfast.compute.DriverException;
import io.holdfast.compute.GuestSpec;
import io.holdfast.compute.Nic;
import io.holdfast.model.Generation;
import io.holdfast.model.InstanceId;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import javax.xml.stream.XMLStreamWriter;
import org.jspecify.annotations.Nullable;

/**
 * libvirt's description of a guest, and our mark in it. Pure.
 *
 * <p>Everything goes through an XML writer. Text that XML cannot carry is refused, not repaired, except in the title,
 * which is only for people.
 */
final class DomainXml {

    static final String NAMESPACE = "https://holdfast.io/ns/instance/1";

    /** By which our mark's namespace is known in a description. */
    static final String PREFIX = "holdfast";

    /** The name by which a guest finds its heartbeat channel, {@code /dev/virtio-ports/NAME} in a Linux guest. */
    static final String HEARTBEAT = "io.holdfast.heartbeat.0";

    private DomainXml() {}

    /**
     * What a domain of ours says of itself.
     *
     * @param heartbeat where QEMU listens for whoever wants to hear the guest; null for a guest without that channel, or
     *     one whose start has not come so far
     * @param held whether we have halted it, or are about to; whether it stands still its state says
     */
    record Mark(Generation generation, @Nullable Path heartbeat, boolean held) {}

    /** What {@link #mark} finds, as the element that libvirt takes in place of the old one. */
    static String markOf(Generation generation, boolean held) {
        return "<instance generation='" + generation + "'" + (held ? " held='yes'" : "") + "/>";
    }

    /**
     * What the host adds to a guest's specification.
     *
     * @param kvm whether the processor runs the guest's instructions itself
     * @param console where the guest's serial line is written, or null for nowhere
     * @param configDrive what the guest reads of itself, or null
     * @param floating where guests without processors of their own may run, or null for everywhere
     */
    record Hardware(
            boolean kvm,
            Path disk,
            Path image,
            String imageFormat,
            String cache,
            @Nullable Path kernel,
            @Nullable Path ramdisk,
            @Nullable Path console,
            @Nullable Path configDrive,
            @Nullable String floating) {}

    static String domainName(InstanceId instance) {
        return "holdfast-" + instance;
    }

    static String write(InstanceId instance, Generation generation, GuestSpec spec, Hardware hardware)
            throws DriverException {
        StringWriter text = new StringWriter();
        try {
            Writer xml = new Writer(XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(text));
            xml.open("domain", "type", hardware.kvm() ? "kvm" : "qemu");
            xml.text("name", domainName(instance));
            xml.text("uuid", instance.toString());
            xml.text("title", spec.name().replaceAll("[^\\x20-\\x7e\\u00a0-\\ud7ff]", " "));
            xml.open("metadata");
            xml.mark(generation);
            xml.close();
            xml.text("memory", Integer.toString(spec.memoryMib()), "unit", "MiB");
            CellsXml.resources(xml, spec.vcpus(), spec.cells(), hardware.floating());
            boot(xml, spec, hardware, instance);
            xml.open("features");
            xml.empty("acpi");
            if (!hardware.kvm()) {
                // QEMU's own default is a gigabyte of translated code per guest.
                xml.open("tcg");
                xml.text("tb-cache", "32", "unit", "MiB");
                xml.close();
            }
            xml.close();
            CellsXml.cpu(xml, hardware.kvm() ? "host-model" : "maximum", spec.cells());
            xml.empty("clock", "offset", "utc");
            xml.text("on_poweroff", "destroy");
            xml.text("on_reboot", "restart");
            // A guest that panicked ends, is reported, and is started again by the agent, which counts how often.
            xml.text("on_crash", "destroy");
            devices(xml, spec, hardware);
            xml.close();
            xml.end();
        } catch (XMLStreamException e) {
            throw new DriverException("instance " + instance + ": its description cannot be written: " + e, e);
        }
        return text.toString();
    }

    /** Nothing for a domain of somebody else's. */
    static Optional<Mark> mark(String domainXml) throws XMLStreamException {
        XMLStreamReader reader = reader(domainXml);
        String generation = null;
        String heartbeat = null;
        boolean held = false;
        // The path of the channel that is being read; a channel's source may stand before or after its name.
        String source = null;
        boolean inChannel = false;
        boolean named = false;
        while (reader.hasNext()) {
            int event = reader.next();
            if (event == XMLStreamConstants.START_ELEMENT) {
                String name = reader.getLocalName();
                if (NAMESPACE.equals(reader.getNamespaceURI()) && name.equals("instance")) {
                    generation = reader.getAttributeValue(null, "generation");
                    held = "yes".equals(reader.getAttributeValue(null, "held"));
                } else if (name.equals("channel")) {
                    inChannel = true;
                    source = null;
                    named = false;
                } else if (inChannel && name.equals("source")) {
                    source = reader.getAttributeValue(null, "path");
                } else if (inChannel && name.equals("target")) {
                    named = HEARTBEAT.equals(reader.getAttributeValue(null, "name"));
                }
            } else if (event == XMLStreamConstants.END_ELEMENT
                    && reader.getLocalName().equals("channel")) {
                inChannel = false;
                heartbeat = named ? source : heartbeat;
            }
        }
        return generation == null
                ? Optional.empty()
                : Optional.of(new Mark(
                        Generation.of(Long.parseLong(generation)),
                        heartbeat == null ? null : Path.of(heartbeat),
                        held));
    }

    /**
     * What a running domain has.
     *
     * @param disks as the guest's description names them
     */
    record Devices(boolean kvm, List<String> disks, List<Card> cards) {

        /** @param device as it is called on the host */
        record Card(String device, String mac) {}
    }

    static Devices devices(String domainXml) throws XMLStreamException {
        XMLStreamReader reader = reader(domainXml);
        boolean kvm = false;
        List<String> disks = new ArrayList<>();
        List<Devices.Card> cards = new ArrayList<>();
        // The disk or card that is being read: targets of channels and serial lines are none of them.
        String within = "";
        String mac = "";
        while (reader.hasNext()) {
            int event = reader.next();
            if (event == XMLStreamConstants.START_ELEMENT) {
                String name = reader.getLocalName();
                switch (name) {
                    case "domain" -> kvm = "kvm".equals(reader.getAttributeValue(null, "type"));
                    case "disk", "interface" -> within = name;
                    case "mac" -> mac = String.valueOf(reader.getAttributeValue(null, "address"));
                    case "target" -> {
                        String device = reader.getAttributeValue(null, "dev");
                        if (within.equals("disk") && device != null) {
                            disks.add(device);
                        } else if (within.equals("interface") && device != null) {
                            cards.add(new Devices.Card(device, mac));
                        }
                    }
                    default -> {}
                }
            } else if (event == XMLStreamConstants.END_ELEMENT
                    && reader.getLocalName().equals(within)) {
                within = "";
            }
        }
        return new Devices(kvm, List.copyOf(disks), List.copyOf(cards));
    }

    static XMLStreamReader reader(String domainXml) throws XMLStreamException {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        return factory.createXMLStreamReader(new StringReader(domainXml));
    }

    private static void boot(Writer xml, GuestSpec spec, Hardware hardware, InstanceId instance)
            throws XMLStreamException, DriverException {
        xml.open("os");
        xml.text("type", "hvm", "arch", "x86_64", "machine", "pc");
        if (hardware.kernel() != null) {
            xml.text("kernel", hardware.kernel().toString());
            if (hardware.ramdisk() != null) {
                xml.text("initrd", hardware.ramdisk().toString());
            }
            if (spec.commandLine() != null) {
                if (!spec.commandLine().matches("[\\x20-\\x7e]*")) {
                    throw new DriverException("instance " + instance
                            + ": its kernel's command line has characters that are not printable ASCII");
                }
                xml.text("cmdline", spec.commandLine());
            }
        } else {
            xml.empty("boot", "dev", "hd");
        }
        xml.close();
    }

    private static void devices(Writer xml, GuestSpec spec, Hardware hardware) throws XMLStreamException {
        xml.open("devices");
        xml.open("disk", "type", "file", "device", "disk");
        xml.empty("driver", "name", "qemu", "type", "qcow2", "cache", hardware.cache());
        xml.empty("source", "file", hardware.disk().toString());
        // Named here, libvirt need not look into the file, and a guest cannot point its own disk at another file.
        xml.open("backingStore", "type", "file");
        xml.empty("format", "type", hardware.imageFormat());
        xml.empty("source", "file", hardware.image().toString());
        xml.empty("backingStore");
        xml.close();
        xml.empty("target", "dev", "vda", "bus", "virtio");
        xml.close();
        if (hardware.configDrive() != null) {
            // As a CD, which a guest cannot write to and never boots from; any kernel can read one on this bus.
            xml.open("disk", "type", "file", "device", "cdrom");
            xml.empty("driver", "name", "qemu", "type", "raw");
            xml.empty("source", "file", hardware.configDrive().toString());
            xml.empty("target", "dev", "hda", "bus", "ide");
            xml.empty("readonly");
            xml.close();
        }
        for (Nic nic : spec.nics()) {
            if (nic.bridge() != null) {
                card(xml, nic, nic.bridge());
            }
        }
        CellsXml.devices(xml, spec.cells().devices());
        xml.empty("controller", "type", "usb", "model", "none");
        if (hardware.console() == null) {
            xml.open("serial", "type", "null");
        } else {
            xml.open("serial", "type", "file");
            // Appended to, so that it may be shortened from outside while the guest writes.
            xml.empty("source", "path", hardware.console().toString(), "append", "on");
        }
        xml.empty("target", "port", "0");
        xml.close();
        // Without a path libvirt makes one of its own for each start, where QEMU may write and we may read.
        xml.open("channel", "type", "unix");
        xml.empty("source", "mode", "bind");
        xml.empty("target", "type", "virtio", "name", HEARTBEAT);
        xml.close();
        switch (spec.terms().watchdog()) {
            case DISABLED -> {}
            case RESET, POWEROFF, PAUSE, NONE ->
                xml.empty(
                        "watchdog",
                        "model",
                        "i6300esb",
                        "action",
                        spec.terms().watchdog().word());
            // The device does nothing, and libvirt tells that it would have.
            case NOTIFY -> xml.empty("watchdog", "model", "i6300esb", "action", "none");
        }
        xml.empty("memballoon", "model", "none");
        xml.empty("panic", "model", "isa");
        xml.close();
    }

    /** Named on the host as Neutron names them, so that whoever looks at the bridge finds the port. */
    private static void card(Writer xml, Nic nic, String bridge) throws XMLStreamException {
        xml.open("interface", "type", "bridge");
        xml.empty("mac", "address", nic.mac());
        xml.empty("source", "bridge", bridge);
        xml.empty("target", "dev", "tap" + nic.port().toString().substring(0, 11));
        xml.empty("model", "type", "virtio");
        xml.close();
    }

    /** A little less to write per element. */
    static final class Writer {
        private final XMLStreamWriter out;

        Writer(XMLStreamWriter out) {
            this.out = out;
        }

        void open(String name, String... attributes) throws XMLStreamException {
            out.writeStartElement(name);
            attributes(attributes);
        }

        void close() throws XMLStreamException {
            out.writeEndElement();
        }

        void empty(String name, String... attributes) throws XMLStreamException {
            out.writeEmptyElement(name);
            attributes(attributes);
        }

        void text(String name, String text, String... attributes) throws XMLStreamException {
            open(name, attributes);
            out.writeCharacters(text);
            close();
        }

        void mark(Generation generation) throws XMLStreamException {
            out.setPrefix(PREFIX, NAMESPACE);
            out.writeEmptyElement(PREFIX, "instance", NAMESPACE);
            out.writeNamespace(PREFIX, NAMESPACE);
            out.writeAttribute("generation", generation.toString());
        }

        void end() throws XMLStreamException {
            out.writeEndDocument();
            out.flush();
        }

        private void attributes(String... attributes) throws XMLStreamException {
            for (int i = 0; i < attributes.length; i += 2) {
                out.writeAttribute(attributes[i], attributes[i + 1]);
            }
        }
    }
}
