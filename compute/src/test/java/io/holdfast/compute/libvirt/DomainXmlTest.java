package io.holdfast.compute.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.DriverException;
import io.holdfast.compute.GuestSpec;
import io.holdfast.compute.GuestTerms;
import io.holdfast.compute.Nic;
import io.holdfast.compute.WatchdogAction;
import io.holdfast.model.Generation;
import io.holdfast.model.InstanceId;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;

class DomainXmlTest {

    private static final InstanceId ID = InstanceId.of(new UUID(1, 2));
    private static final Generation SEVEN = Generation.of(7);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "</title><devices><disk/></devices><title>",
                "\"'><!--",
                "-->",
                "]]>",
                "<![CDATA[",
                "&lt;&#x0;&unknown;",
                "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>&b;",
                "Grüße, 世界",
                "{holdfast:instance generation='9'}"
            })
    void aHostileNameStaysATitle(String name) throws Exception {
        Document xml = parse(write(spec(name, null), hardware(null, null)));
        assertThat(text(xml, "/domain/title")).isEqualTo(name);
        assertThat(text(xml, "count(/domain/devices)")).isEqualTo("1");
        assertThat(text(xml, "count(/domain/devices/disk)")).isEqualTo("1");
        assertThat(DomainXml.mark(write(spec(name, null), hardware(null, null))))
                .contains(new DomainXml.Mark(SEVEN, null, false));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\0b", "a\nb", "a\u001bb", "a\ud800b", "a\uffffb", "a\ud83d\ude00b"})
    void whatXmlCannotCarryBecomesABlankInTheTitle(String name) throws Exception {
        assertThat(text(parse(write(spec(name, null), hardware(null, null))), "/domain/title"))
                .matches("a +b");
    }

    @Test
    void pathsAreEscapedToo() throws Exception {
        Path odd = Path.of("/srv/a&b/<c>/\"d'");
        Document xml = parse(DomainXml.write(
                ID,
                SEVEN,
                spec("x", null),
                new DomainXml.Hardware(true, odd, odd, "raw", "none", null, null, odd, null, null)));
        assertThat(text(xml, "/domain/devices/disk/source/@file")).isEqualTo(odd.toString());
        assertThat(text(xml, "/domain/devices/disk/backingStore/source/@file")).isEqualTo(odd.toString());
        assertThat(text(xml, "/domain/devices/serial/source/@path")).isEqualTo(odd.toString());
        assertThat(text(xml, "/domain/@type")).isEqualTo("kvm");
        assertThat(text(xml, "/domain/cpu/@mode")).isEqualTo("host-model");
    }

    @Test
    void aKernelIsBootedDirectlyWithItsRamdiskAndCommandLine() throws Exception {
        String commandLine = "console=ttyS0 a=\"<b>\" c='&d'";
        Document xml = parse(write(spec("x", commandLine), hardware("/images/vmlinuz", "/images/initrd")));
        assertThat(text(xml, "/domain/os/kernel")).isEqualTo("/images/vmlinuz");
        assertThat(text(xml, "/domain/os/initrd")).isEqualTo("/images/initrd");
        assertThat(text(xml, "/domain/os/cmdline")).isEqualTo(commandLine);
        assertThat(text(xml, "count(/domain/os/boot)")).isEqualTo("0");
    }

    @Test
    void withoutAKernelTheDiskIsBootedAndACommandLineMeansNothing() throws Exception {
        Document xml = parse(write(spec("x", "ignored"), hardware(null, "/images/initrd")));
        assertThat(text(xml, "/domain/os/boot/@dev")).isEqualTo("hd");
        assertThat(text(xml, "count(/domain/os/kernel) + count(/domain/os/initrd) + count(/domain/os/cmdline)"))
                .isEqualTo("0");
    }

    @ParameterizedTest
    @CsvSource({
        "DISABLED, 0, ''",
        "RESET, 1, reset",
        "POWEROFF, 1, poweroff",
        "PAUSE, 1, pause",
        "NONE, 1, none",
        "NOTIFY, 1, none"
    })
    void aWatchdogDoesWhatItsTermsSayAndANoticeIsNoActOfTheDevice(WatchdogAction action, String count, String does)
            throws Exception {
        GuestSpec said = spec("x", null);
        GuestSpec spec = new GuestSpec(
                said.name(),
                said.vcpus(),
                said.memoryMib(),
                said.disk(),
                said.image(),
                said.imageFormat(),
                said.diskGib(),
                null,
                null,
                null,
                said.nics(),
                null,
                new GuestTerms(action, Set.of()),
                null);
        Document xml = parse(write(spec, hardware(null, null)));
        assertThat(text(xml, "count(/domain/devices/watchdog)")).isEqualTo(count);
        assertThat(text(xml, "/domain/devices/watchdog/@action")).isEqualTo(does);
        assertThat(text(xml, "/domain/devices/panic/@model")).isEqualTo("isa");
        assertThat(text(xml, "/domain/on_crash")).isEqualTo("destroy");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\nb", "a\0", "ä"})
    void aCommandLineThatIsNotPrintableIsRefused(String commandLine) {
        assertThatThrownBy(() -> write(spec("x", commandLine), hardware("/images/vmlinuz", null)))
                .isInstanceOf(DriverException.class)
                .hasMessageContaining(ID.toString())
                .hasMessageContaining("command line");
    }

    @Test
    void aQcow2ImageIsNamedAsTheBackingFilesFormat() throws Exception {
        Document xml = parse(write(
                spec("x", null),
                new DomainXml.Hardware(
                        false,
                        Path.of("/d"),
                        Path.of("/i.qcow2"),
                        "qcow2",
                        "writethrough",
                        null,
                        null,
                        null,
                        null,
                        null)));
        assertThat(text(xml, "/domain/devices/disk/driver/@type")).isEqualTo("qcow2");
        assertThat(text(xml, "/domain/devices/disk/driver/@cache")).isEqualTo("writethrough");
        assertThat(text(xml, "/domain/devices/disk/backingStore/format/@type")).isEqualTo("qcow2");
        assertThat(text(xml, "count(/domain/devices/disk/backingStore/backingStore/*)"))
                .isEqualTo("0");
        assertThat(text(xml, "/domain/devices/serial/@type")).isEqualTo("null");
    }

    @Test
    void aConfigDriveIsACdThatTheGuestCanReadAlone() throws Exception {
        Document xml = parse(write(
                spec("x", null),
                new DomainXml.Hardware(
                        true,
                        Path.of("/d"),
                        Path.of("/i"),
                        "raw",
                        "none",
                        null,
                        null,
                        null,
                        Path.of("/c & d.iso"),
                        null)));
        assertThat(text(xml, "count(/domain/devices/disk)")).isEqualTo("2");
        assertThat(text(xml, "/domain/devices/disk[2]/@device")).isEqualTo("cdrom");
        assertThat(text(xml, "/domain/devices/disk[2]/source/@file")).isEqualTo("/c & d.iso");
        assertThat(text(xml, "/domain/devices/disk[2]/driver/@type")).isEqualTo("raw");
        assertThat(text(xml, "/domain/devices/disk[2]/target/@bus")).isEqualTo("ide");
        assertThat(text(xml, "count(/domain/devices/disk[2]/readonly)")).isEqualTo("1");
        assertThat(text(xml, "/domain/os/boot/@dev")).isEqualTo("hd");
    }

    @Test
    void aStrangersDomainHasNoMark() throws Exception {
        assertThat(DomainXml.mark("<domain><instance generation='3'/></domain>"))
                .isEmpty();
        assertThat(DomainXml.mark("<domain xmlns:h='" + DomainXml.NAMESPACE + "'><h:instance/></domain>"))
                .isEmpty();
    }

    @Test
    void theHeartbeatChannelHasItsNameAndThePathIsLeftToLibvirt() throws Exception {
        Document xml = parse(write(spec("x", null), hardware(null, null)));
        assertThat(text(xml, "count(/domain/devices/channel)")).isEqualTo("1");
        assertThat(text(xml, "/domain/devices/channel/@type")).isEqualTo("unix");
        assertThat(text(xml, "/domain/devices/channel/source/@mode")).isEqualTo("bind");
        assertThat(text(xml, "count(/domain/devices/channel/source/@path)")).isEqualTo("0");
        assertThat(text(xml, "/domain/devices/channel/target/@name")).isEqualTo("io.holdfast.heartbeat.0");
    }

    @Test
    void findsTheHeartbeatChannelAmongOthersWhereverItsSourceStands() throws Exception {
        String others = "<channel type='unix'><source mode='bind' path='/run/agent'/>"
                + "<target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
                + "<serial type='file'><source path='/var/console'/><target port='0'/></serial>";
        String ours = "<target type='virtio' name='io.holdfast.heartbeat.0' state='disconnected'/>"
                + "<source mode='bind' path='/run/libvirt/qemu/channel/7-holdfast/io.holdfast.heartbeat.0'/>";
        assertThat(DomainXml.mark(domain(others + "<channel type='unix'>" + ours + "</channel>" + others)))
                .contains(new DomainXml.Mark(
                        SEVEN, Path.of("/run/libvirt/qemu/channel/7-holdfast/io.holdfast.heartbeat.0"), false));
        assertThat(DomainXml.mark(domain(others))).contains(new DomainXml.Mark(SEVEN, null, false));
    }

    private static String domain(String devices) {
        return "<domain><metadata><holdfast:instance xmlns:holdfast='" + DomainXml.NAMESPACE
                + "' generation='7'/></metadata><devices>" + devices + "</devices></domain>";
    }

    private static String write(GuestSpec spec, DomainXml.Hardware hardware) throws DriverException {
        return DomainXml.write(ID, SEVEN, spec, hardware);
    }

    @Test
    void aCardIsPluggedIntoItsBridgeAndOneWithoutABridgeIsNotThere() throws Exception {
        UUID port = UUID.fromString("12345678-9abc-4def-8123-456789abcdef");
        GuestSpec plain = spec("vm", null);
        GuestSpec wired = new GuestSpec(
                plain.name(),
                1,
                64,
                plain.disk(),
                plain.image(),
                "raw",
                0,
                null,
                null,
                null,
                List.of(
                        new Nic(port, "fa:16:3e:00:00:01", "br-ext"),
                        new Nic(UUID.randomUUID(), "fa:16:3e:00:00:02", null)));

        String xml = DomainXml.write(InstanceId.of(port), Generation.of(1), wired, hardware(null, null));

        assertThat(xml)
                .containsOnlyOnce("<interface")
                .contains("<interface type=\"bridge\"><mac address=\"fa:16:3e:00:00:01\"/><source bridge=\"br-ext\"/>"
                        + "<target dev=\"tap12345678-9a\"/><model type=\"virtio\"/></interface>");
        assertThat(DomainXml.write(InstanceId.of(port), Generation.of(1), plain, hardware(null, null)))
                .doesNotContain("<interface");
    }

    private static GuestSpec spec(String name, @Nullable String commandLine) {
        return new GuestSpec(name, 2, 64, "instances/x", "images/y", "raw", 0, null, null, commandLine);
    }

    private static DomainXml.Hardware hardware(@Nullable String kernel, @Nullable String ramdisk) {
        return new DomainXml.Hardware(
                false,
                Path.of("/d"),
                Path.of("/i"),
                "raw",
                "none",
                kernel == null ? null : Path.of(kernel),
                ramdisk == null ? null : Path.of(ramdisk),
                null,
                null,
                null);
    }

    private static Document parse(String xml) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        return factory.newDocumentBuilder().parse(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
    }

    private static String text(Document xml, String path) throws Exception {
        return XPathFactory.newDefaultInstance().newXPath().evaluate(path, xml);
    }

    @Test
    void theMarkSaysWhetherWeHoldItAndCanBeWrittenAnew() throws Exception {
        for (boolean held : new boolean[] {true, false}) {
            // As libvirt shows it: the element that it was given, in the namespace that it was given.
            String shown = DomainXml.markOf(Generation.of(7), held)
                    .replace("<instance", "<holdfast:instance xmlns:holdfast='" + DomainXml.NAMESPACE + "'");
            DomainXml.Mark mark = DomainXml.mark("<domain><metadata>" + shown + "</metadata></domain>")
                    .orElseThrow();
            assertThat(mark.generation()).isEqualTo(Generation.of(7));
            assertThat(mark.held()).isEqualTo(held);
        }
    }

    @Test
    void itsDisksAndCardsAreReadAndNoOtherTargets() throws Exception {
        DomainXml.Devices devices = DomainXml.devices("""
                <domain type='kvm'><devices>
                  <disk type='file'><source file='/x'/><target dev='vda' bus='virtio'/></disk>
                  <interface type='bridge'><mac address='fa:16:3e:00:00:01'/><target dev='tap1'/></interface>
                  <serial type='file'><target port='0'/></serial>
                  <channel type='unix'><target type='virtio' name='x'/></channel>
                  <interface type='bridge'><mac address='fa:16:3e:00:00:02'/></interface>
                </devices></domain>
                """);
        assertThat(devices)
                .isEqualTo(new DomainXml.Devices(
                        true, List.of("vda"), List.of(new DomainXml.Devices.Card("tap1", "fa:16:3e:00:00:01"))));
        assertThat(DomainXml.devices("<domain type='qemu'/>").kvm()).isFalse();
    }
}
