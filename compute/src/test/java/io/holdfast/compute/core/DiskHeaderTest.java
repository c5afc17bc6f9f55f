package io.holdfast.compute.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DiskHeaderTest {

    @ParameterizedTest
    @CsvSource(nullValues = "-", delimiter = '|', textBlock = """
            # version | backing | encryption | size | features | objection
            2 | 0   | 0 | 1024 | 4  | -
            3 | 0   | 0 | 1024 | 0  | -
            3 | 0   | 0 | 1024 | 25 | -
            3 | 512 | 0 | 1024 | 0  | refers to another file that lies under it
            2 | 512 | 0 | 1024 | 0  | refers to another file that lies under it
            3 | 0   | 0 | 1024 | 4  | refers to another file that has its data
            3 | 0   | 0 | 1024 | 2  | is marked as corrupt
            3 | 0   | 0 | 1024 | 64 | has features that are not known
            3 | 0   | 1 | 1024 | 0  | is encrypted
            3 | 0   | 0 | -1   | 0  | has a size that is negative
            1 | 0   | 0 | 1024 | 0  | is qcow2 of version 1, of which only 2 and 3 are known
            4 | 0   | 0 | 1024 | 0  | is qcow2 of version 4, of which only 2 and 3 are known
            """)
    void tellsWhichQcow2AGuestMayBeGiven(
            int version, long backing, int encryption, long size, long features, String objection) {
        DiskHeader header = DiskHeader.read(ByteBuffer.allocate(104)
                .putInt(0, 0x514649fb)
                .putInt(4, version)
                .putLong(8, backing)
                .putLong(24, size)
                .putInt(32, encryption)
                .putLong(72, features)
                .array());
        assertThat(header).isEqualTo(new DiskHeader("qcow2", size, objection));
    }

    @Test
    void aQcow2ThatEndsWithinItsHeaderIsNone() {
        byte[] magic = {'Q', 'F', 'I', (byte) 0xfb};
        assertThat(DiskHeader.read(magic).objection()).isEqualTo("ends within its header");
        byte[] third = ByteBuffer.allocate(76).put(magic).putInt(3).array();
        assertThat(DiskHeader.read(third).objection()).isEqualTo("ends within its header");
    }

    @ParameterizedTest
    @CsvSource({"KDMV, vmdk", "COWD, vmdk", "# Disk DescriptorFile, vmdk", "conectix, vhd", "vhdxfile, vhdx"})
    void tellsWhatIsNoRawDisk(String magic, String format) {
        byte[] first = (magic + "\0".repeat(500)).getBytes(StandardCharsets.US_ASCII);
        assertThat(DiskHeader.read(first))
                .isEqualTo(new DiskHeader(format, -1, "is " + format + ", which is not supported"));
        // Short ones, too.
        assertThat(DiskHeader.read(magic.getBytes(StandardCharsets.US_ASCII)).format())
                .isEqualTo(format);
    }

    @Test
    void tellsVdiAndQedByTheirMarks() {
        byte[] vdi = ByteBuffer.allocate(512)
                .putInt(64, Integer.reverseBytes(0x7f10dabe))
                .array();
        assertThat(DiskHeader.read(vdi).format()).isEqualTo("vdi");
        assertThat(DiskHeader.read(new byte[] {'Q', 'E', 'D', 0}).format()).isEqualTo("qed");
    }

    @Test
    void whatIsNothingElseIsRaw() {
        assertThat(DiskHeader.read(new byte[0])).isEqualTo(new DiskHeader("raw", -1, null));
        assertThat(DiskHeader.read(new byte[512])).isEqualTo(new DiskHeader("raw", -1, null));
    }
}
