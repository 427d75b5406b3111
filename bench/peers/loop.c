/* The program that people write when they are asked for a pause. */
#include <unistd.h>

int main(void)
{
	for (;;)
		pause();
}
