@NullMarked
package io.holdfast.notifications;

import org.jspecify.annotations.NullMarked;
