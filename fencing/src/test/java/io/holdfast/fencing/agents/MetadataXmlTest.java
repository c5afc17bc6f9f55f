package io.holdfast.fencing.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.fencing.agents.core.AgentMetadata;
import io.holdfast.fencing.agents.core.AgentMetadata.Action;
import io.holdfast.fencing.agents.core.AgentMetadata.Parameter;
import io.holdfast.fencing.agents.core.AgentMetadata.ValueType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MetadataXmlTest {

    @Test
    void readsWhatAnAgentSaysOfItself() throws Exception {
        AgentMetadata read = MetadataXml.read("""

                <?xml version="1.0" ?>
                <resource-agent name="fence_x" shortdesc="Fence agent for X" >
                <symlink name="fence_y" shortdesc="Y"/>
                <longdesc>Two
                lines &amp; more.</longdesc>
                <vendor-url>http://www.example.com</vendor-url>
                <parameters>
                  <parameter name="ipaddr" unique="0" required="1" deprecated="1">
                    <getopt mixed="-a" /><content type="string"  /><shortdesc lang="en">Address</shortdesc>
                  </parameter>
                  <parameter name="ip" unique="0" required="1" obsoletes="ipaddr">
                    <getopt mixed="-a" /><content type="string"  /><shortdesc lang="en">Address of
                        the device</shortdesc>
                  </parameter>
                  <parameter name="port" unique="0" required="0"><content type="integer" default="23" /></parameter>
                  <parameter name="wait" unique="0" required="0"><content type="second" default="0" /></parameter>
                  <parameter name="ssl" unique="0" required="0"><content type="boolean" /></parameter>
                  <parameter name="method" unique="0" required="0">
                    <content type="select" default="onoff"><option value="onoff" /><option value="cycle" /></content>
                  </parameter>
                  <parameter name="odd" unique="0" required="0"><content type="fancy" /></parameter>
                </parameters>
                <actions><action name="on" automatic="1"/><action name="off" /><action name="status" /></actions>
                </resource-agent>
                """);

        assertThat(read)
                .isEqualTo(new AgentMetadata(
                        "fence_x",
                        "Fence agent for X",
                        "Two lines & more.",
                        List.of(
                                new Parameter("ipaddr", ValueType.STRING, true, null, List.of(), "Address", true, null),
                                new Parameter(
                                        "ip",
                                        ValueType.STRING,
                                        true,
                                        null,
                                        List.of(),
                                        "Address of the device",
                                        false,
                                        "ipaddr"),
                                new Parameter("port", ValueType.INTEGER, false, "23", List.of(), "", false, null),
                                new Parameter("wait", ValueType.SECOND, false, "0", List.of(), "", false, null),
                                new Parameter("ssl", ValueType.BOOLEAN, false, null, List.of(), "", false, null),
                                new Parameter(
                                        "method",
                                        ValueType.SELECT,
                                        false,
                                        "onoff",
                                        List.of("onoff", "cycle"),
                                        "",
                                        false,
                                        null),
                                new Parameter("odd", ValueType.STRING, false, null, List.of(), "", false, null)),
                        List.of(new Action("on", true), new Action("off", false), new Action("status", false))));
    }

    static List<List<String>> unreadable() {
        String many = "<parameter name=\"p\"/>".repeat(1100);
        return List.of(
                List.of("", "no XML: "),
                List.of("ERROR: no module", "no XML: "),
                List.of("<resource-agent name='x'>", "no XML: "),
                List.of("<agent name='x'/>", "it begins with <agent> instead of <resource-agent>"),
                List.of("<resource-agent/>", "it is not the description of an agent"),
                List.of("<!DOCTYPE resource-agent><resource-agent name='x'/>", "it has a document type"),
                List.of(
                        "<!DOCTYPE r [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><resource-agent name='&e;'/>",
                        "it has a document type"),
                List.of("<resource-agent name='x'>&unknown;</resource-agent>", "no XML: "),
                List.of(
                        "<resource-agent name='x'>" + many + "</resource-agent>",
                        "it is too deep or has too many parts"),
                List.of("<resource-agent name='x'>" + "<a>".repeat(20), "it is too deep or has too many parts"),
                List.of("<resource-agent name='x'><parameter name='a=b'/></resource-agent>", "impossible name"),
                List.of(" ".repeat(300_000), "longer than 262144 characters"));
    }

    @ParameterizedTest
    @MethodSource("unreadable")
    void refusesWhatNoAgentNeeds(List<String> xmlAndWhy) {
        assertThatThrownBy(() -> MetadataXml.read(xmlAndWhy.get(0)))
                .isInstanceOf(MetadataXml.Unreadable.class)
                .hasMessageContaining(xmlAndWhy.get(1));
    }
}
