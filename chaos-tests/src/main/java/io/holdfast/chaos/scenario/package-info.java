/**
 * Scenarios that read as stories: a folder says why it exists, what is there at the start, what happens to it, and how it
 * has to end. The simulator plays it, and the tale it tells is compared with the tale that was told when a human last
 * read it.
 *
 * <p><b>Terms.</b> A <em>scenario</em> is a folder. Its <em>start</em> and <em>expected end</em> are YAML, read by the
 * product's own {@code SettingsLoader}, so the keys are exactly the components of {@link
 * io.holdfast.chaos.scenario.Start} and {@link io.holdfast.chaos.scenario.ExpectedEnd}. Its <em>events</em> are lines:
 * a moment, a {@link io.holdfast.chaos.scenario.Verb}, and what it needs. The <em>story</em> is what the simulator tells.
 *
 * <p><b>What it refuses.</b> A word it does not know, a host that is not there, and anything that the product cannot do
 * yet: with the file, the line and the words it knows. Nothing in a scenario is silently ignored, because a
 * scenario that quietly does less than it says is worse than none.
 *
 * <p><b>Threads.</b> Those of the caller; nothing here waits or keeps time of its own. Files are read when a scenario is
 * loaded, and written only when a story is recorded.
 */
@NullMarked
package io.holdfast.chaos.scenario;

import org.jspecify.annotations.NullMarked;
