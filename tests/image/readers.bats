# Other programs that read what ships: each by its own plain command, and none has a complaint, but for those that are
# named here with their reason. Those that Debian stable does not have are in lab/readers; the engines load
# the archive in load.bats.
load ../helpers
load readers

setup_file() {
	export DIST=$BATS_FILE_TMPDIR/dist
	make -s -C "$ROOT" loader DIST="$DIST" TAG=test
	clamav_database
	mkdir "$BATS_FILE_TMPDIR/layout"
	tar -xf "$DIST/pause-${PLATFORM//\//-}.tar" -C "$BATS_FILE_TMPDIR/layout"
}

@test "readers of executables have no complaint of the program of any platform" {
	local platform programs=()
	for platform in "${PLATFORMS[@]}"; do programs+=("$(pause_of "$platform")"); done
	# In elfutils 0.188 and 0.196 there are no flags of MIPS, in 0.188 no LoongArch. binutils 2.40 ends with status 1 and no
	# word where an ARM file has no section to take unwinding tables from. This machine's objdump knows its own codes.
	each_reads "${programs[@]}" <<-'END'
		clamscan --no-summary --database one.hdb --alert-broken
		file
		readelf -aW         | ^status 1$
		eu-readelf -a
		eu-elflint --gnu-ld | ^No errors$|^invalid machine flags: 0x(80000001|50001001|43)$|^unknown machine type 258$|^status 1$
		objdump -x          | ^architecture: UNKNOWN!
		size
		gdb -batch -nx -ex "info files"
	END
}

@test "readers of archives have no complaint of the archive of all platforms, and of one" {
	each_reads "$DIST/pause.tar" "$DIST/pause-${PLATFORM//\//-}.tar" <<-'END'
		clamscan --no-summary --database one.hdb --alert-broken
		file
		tar -tvf
		busybox tar -tvf
		python3 -m tarfile -l
		skopeo inspect oci-archive:
		skopeo inspect docker-archive:
	END
	each_reads "$BATS_FILE_TMPDIR/layout:test" <<-'END'
		umoci stat --image
		skopeo inspect oci:
	END
}

@test "readers of scripts have no complaint of the loader" {
	each_reads "$DIST/load-pause.sh" "$DIST/load-pause-${PLATFORM//\//-}.sh" <<-'END'
		clamscan --no-summary --database one.hdb --alert-broken
		file
		sh -n
	END
}
