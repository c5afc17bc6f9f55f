package io.holdfast.compute.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.HostTopology;
import io.holdfast.model.Processors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CapabilitiesTest {

    private static final String ONE_CELL = host("""
            <cell id='0'>
              <memory unit='KiB'>16265776</memory>
              <pages unit='KiB' size='4'>4066444</pages>
              <pages unit='KiB' size='2048'>0</pages>
              <pages unit='KiB' size='1048576'>0</pages>
              <distances><sibling id='0' value='10'/></distances>
              <cpus num='4'>
                <cpu id='0' socket_id='0' die_id='0' core_id='0' siblings='0'/>
                <cpu id='1' socket_id='0' die_id='0' core_id='1' siblings='1'/>
                <cpu id='2' socket_id='0' die_id='0' core_id='2' siblings='2'/>
                <cpu id='3' socket_id='0' die_id='0' core_id='3' siblings='3'/>
              </cpus>
            </cell>
            """);

    /** Two threads on each core; the second cell comes first; one processor of it is off. */
    private static final String TWO_CELLS = host("""
            <cell id='1'>
              <memory unit='KiB'>33554432</memory>
              <pages unit='KiB' size='4'>8388608</pages>
              <cpus num='4'>
                <cpu id='2' socket_id='1' die_id='0' core_id='0' siblings='2,6'/>
                <cpu id='3'/>
                <cpu id='6' socket_id='1' die_id='0' core_id='0' siblings='2,6'/>
                <cpu id='7' socket_id='1' die_id='0' core_id='1' siblings='7'/>
              </cpus>
            </cell>
            <cell id='0'>
              <memory unit='KiB'>33554432</memory>
              <pages unit='KiB' size='4'>6029312</pages>
              <pages unit='KiB' size='2048'>512</pages>
              <pages unit='KiB' size='1048576'>8</pages>
              <distances><sibling id='0' value='10'/><sibling id='1' value='21'/></distances>
              <cpus num='4'>
                <cpu id='0' socket_id='0' die_id='0' core_id='0' siblings='0,4'/>
                <cpu id='1' socket_id='0' die_id='0' core_id='1' siblings='1,5'/>
                <cpu id='4' socket_id='0' die_id='0' core_id='0' siblings='0,4'/>
                <cpu id='5' socket_id='0' die_id='0' core_id='1' siblings='1,5'/>
              </cpus>
            </cell>
            """);

    private static String host(String cells) {
        return """
            <capabilities>
              <host>
                <uuid>11111111-2222-3333-4444-555555555555</uuid>
                <cpu><arch>x86_64</arch><topology sockets='1' dies='1' cores='4' threads='1'/><pages unit='KiB' size='4'/></cpu>
                <topology><cells num='1'>%s</cells></topology>
                <cache><bank id='0' level='3' type='both' size='16' unit='MiB' cpus='0-3'/></cache>
              </host>
              <guest><os_type>hvm</os_type><arch name='x86_64'><machine maxCpus='255'>pc</machine></arch></guest>
            </capabilities>
            """.formatted(cells);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''    | 0:15884::0-3:",
                "1-2   | 0:15884:1,2:0,3:",
                "0-3   | 0:15884:0,1,2,3::",
            })
    void aHostOfOneCell(String dedicated, String topology) {
        assertThat(Capabilities.topology(ONE_CELL, Processors.parse(dedicated))).hasToString(topology);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''        | 0:23552::0-1,4-5:2048x512,1048576x8;1:32768::2-3,6-7:",
                "1,4-6,0   | 0:23552:0,4,1,5::2048x512,1048576x8;1:32768:6:2-3,7:",
                "2,5-7     | 0:23552:5:0-1,4:2048x512,1048576x8;1:32768:2,6,7:3:",
            })
    void ofTwoCellsThreadsOfACoreStandTogetherAndLargePagesAreNoSmallMemory(String dedicated, String topology) {
        assertThat(Capabilities.topology(TWO_CELLS, Processors.parse(dedicated)))
                .hasToString(topology);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<capabilities><host><cpu><arch>x86_64</arch><topology sockets='1' cores='4' threads='1'/></cpu></host></capabilities>",
                "<capabilities><host/></capabilities>",
                "<capabilities><host><topology><cells num='0'/></topology></host></capabilities>",
            })
    void aHostWithoutCellsSaysNothingAndHasNoProcessorToDedicate(String xml) {
        assertThat(Capabilities.topology(xml, Processors.parse(""))).isEqualTo(HostTopology.NONE);
        assertThatThrownBy(() -> Capabilities.topology(xml, Processors.parse("1")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "agent.cpu-dedicated-set names processors 1, and libvirt does not say which ones this host has");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"2-5 | 4-5", "9 | 9"})
    void aProcessorThatIsNotThereIsTold(String dedicated, String missing) {
        assertThatThrownBy(() -> Capabilities.topology(ONE_CELL, Processors.parse(dedicated)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("agent.cpu-dedicated-set names processors " + missing + ", this host has 0-3");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<capabilities>",
                "<a><topology><cell id='x'/></topology></a>",
                "<a><topology><cell/></topology></a>",
                "<a><topology><cell id='0'><memory unit='MiB'>1</memory></cell></topology></a>",
                "<a><topology><cell id='0'><memory>much</memory></cell></topology></a>",
                "<a><topology><cell id='0'><cpus><cpu id='0' siblings='all'/></cpus></cell></topology></a>",
            })
    void whatCannotBeReadIsToldAsSuch(String xml) {
        assertThatThrownBy(() -> Capabilities.topology(xml, Processors.parse("")))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
