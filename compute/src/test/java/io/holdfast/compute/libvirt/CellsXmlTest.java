package io.holdfast.compute.libvirt;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.GuestSpec;
import io.holdfast.compute.GuestTerms;
import io.holdfast.model.CellClaim;
import io.holdfast.model.Generation;
import io.holdfast.model.InstanceId;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What libvirt is told of a guest's processors and memory. */
class CellsXmlTest {

    @Test
    void aGuestThatFloatsIsDescribedAsEver() throws Exception {
        assertThat(written(CellClaim.NONE, null))
                .contains("<vcpu>4</vcpu><os>")
                .contains("<cpu mode=\"maximum\"/>")
                .doesNotContain("cputune")
                .doesNotContain("numa")
                .doesNotContain("memoryBacking");
    }

    @Test
    void aGuestThatFloatsKeepsOffDedicatedProcessors() throws Exception {
        assertThat(written(CellClaim.NONE, "0-1,8-9"))
                .contains("<vcpu cpuset=\"0-1,8-9\">4</vcpu><os>")
                .contains("<cpu mode=\"maximum\"/>")
                .doesNotContain("cputune");
    }

    @Test
    void processorsOfItsOwnInTwoCellsWithLargePagesInOne() throws Exception {
        assertThat(written(CellClaim.parse("1:3:1024:2048:6,14,7:;0:1:1024:0:2:"), "0-1"))
                .contains("<memory unit=\"MiB\">2048</memory>"
                        + "<memoryBacking><hugepages><page size=\"2048\" unit=\"KiB\" nodeset=\"0\"/></hugepages></memoryBacking>"
                        + "<vcpu cpuset=\"2,6-7,14\">4</vcpu>"
                        + "<cputune><vcpupin vcpu=\"0\" cpuset=\"6\"/><vcpupin vcpu=\"1\" cpuset=\"14\"/>"
                        + "<vcpupin vcpu=\"2\" cpuset=\"7\"/><vcpupin vcpu=\"3\" cpuset=\"2\"/>"
                        + "<emulatorpin cpuset=\"2,6-7,14\"/></cputune>"
                        + "<numatune><memory mode=\"strict\" nodeset=\"0-1\"/>"
                        + "<memnode cellid=\"0\" mode=\"strict\" nodeset=\"1\"/>"
                        + "<memnode cellid=\"1\" mode=\"strict\" nodeset=\"0\"/></numatune><os>")
                .contains("<cpu mode=\"maximum\"><numa><cell id=\"0\" cpus=\"0-2\" memory=\"1024\" unit=\"MiB\"/>"
                        + "<cell id=\"1\" cpus=\"3\" memory=\"1024\" unit=\"MiB\"/></numa></cpu>");
    }

    @Test
    void sharedProcessorsOfOneCell() throws Exception {
        assertThat(written(CellClaim.parse("0:4:2048:0::0-1,8-9"), null))
                .contains("<vcpu cpuset=\"0-1,8-9\">4</vcpu><cputune><vcpupin vcpu=\"0\" cpuset=\"0-1,8-9\"/>")
                .contains("<emulatorpin cpuset=\"0-1,8-9\"/>")
                .contains("<cell id=\"0\" cpus=\"0-3\" memory=\"2048\" unit=\"MiB\"/>")
                .doesNotContain("memoryBacking");
    }

    @Test
    void devicesAreTakenFromTheHost() throws Exception {
        assertThat(written(CellClaim.parse("/gpu=0000:3b:00.0,nic=0001:18:10.2"), null))
                .contains("<vcpu>4</vcpu><os>")
                .contains(
                        "<hostdev mode=\"subsystem\" type=\"pci\" managed=\"yes\"><source>"
                                + "<address domain=\"0x0000\" bus=\"0x3b\" slot=\"0x00\" function=\"0x0\"/></source></hostdev>"
                                + "<hostdev mode=\"subsystem\" type=\"pci\" managed=\"yes\"><source>"
                                + "<address domain=\"0x0001\" bus=\"0x18\" slot=\"0x10\" function=\"0x2\"/></source></hostdev>");
        assertThat(written(CellClaim.NONE, null)).doesNotContain("hostdev");
    }

    private static String written(CellClaim claim, @Nullable String floating) throws Exception {
        GuestSpec spec = new GuestSpec(
                "vm",
                4,
                2048,
                "instances/x",
                "images/y",
                "raw",
                0,
                null,
                null,
                null,
                List.of(),
                null,
                GuestTerms.DEFAULT,
                null,
                claim);
        return DomainXml.write(
                InstanceId.of(new UUID(1, 2)),
                Generation.of(7),
                spec,
                new DomainXml.Hardware(
                        false, Path.of("/d"), Path.of("/i"), "raw", "none", null, null, null, null, floating));
    }
}
