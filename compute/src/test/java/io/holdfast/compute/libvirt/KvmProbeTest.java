package io.holdfast.compute.libvirt;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KvmProbeTest {

    @Test
    void aProcessorWithoutExtensionsIsInDoubt() {
        assertThat(KvmProbe.hasExtensions("processor : 0\nflags\t\t: fpu vme svmx hypervisor\n"))
                .isFalse();
        assertThat(KvmProbe.hasExtensions("vmx\n")).isFalse();
    }

    @Test
    void aProcessorWithExtensionsMayBeProbed() {
        assertThat(KvmProbe.hasExtensions("flags\t\t: fpu vmx sse\n")).isTrue();
        assertThat(KvmProbe.hasExtensions("flags\t\t: fpu sse svm\n")).isTrue();
    }
}
