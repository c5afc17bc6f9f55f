package io.holdfast.placement;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names that clients compare: one too many is accepted here and nowhere else, one too few makes an honest request fail. */
class StandardWordsTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "COMPUTE_NET_VIF_MODEL_IGB",
                "COMPUTE_USB_MODEL_QEMU_XHCI",
                "COMPUTE_STATUS_DISABLED",
                "HW_CPU_AARCH64_SVE",
                "HW_CPU_X86_AMD_SEV_ES",
                "HW_GPU_CUDA_COMPUTE_CAPABILITY_V7_2",
                "HW_GPU_CUDA_SDK_V10_0",
                "HW_GPU_MAX_DISPLAY_HEADS_4",
                "HW_GPU_RESOLUTION_W1920H1080",
                "HW_NVME_CES",
                "HW_PCI_ONE_TIME_USE",
            })
    void knowsWhatThereIs(String trait) {
        assertThat(StandardWords.TRAITS).contains(trait);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "COMPUTE_STORAGE_BUS_NVME",
                "COMPUTE_USB_MODEL_EHCI",
                "COMPUTE_USB_MODEL_OHCI",
                "COMPUTE_USB_MODEL_UHCI",
                "COMPUTE_USB_MODEL_PIIX3_UHCI",
                "COMPUTE_USB_MODEL_PIIX4_UHCI",
                "COMPUTE_USB_MODEL_VT82C686B_UHCI",
                "HW_GPU_API_CUDA_V7_0",
                "HW_PCI_ONE_SHOT",
            })
    void knowsNothingElse(String trait) {
        assertThat(StandardWords.TRAITS).doesNotContain(trait);
    }

    @Test
    void standardWordsAreNotCustom() {
        assertThat(StandardWords.TRAITS).hasSize(373).noneMatch(name -> name.startsWith(StandardWords.CUSTOM));
        assertThat(StandardWords.RESOURCE_CLASSES).noneMatch(name -> name.startsWith(StandardWords.CUSTOM));
    }
}
